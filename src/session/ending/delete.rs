//! Deleting a session and its history by its id.

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::rpc::CallError;
use crate::secret::without_values;
use crate::session::connection::{Client, ClientCore};
use crate::session::ending::from_runtime::close_as_deleted;
use crate::session::ending::under_way::Ending;

impl Client {
    /// Deletes a session and its persisted history by its id.
    ///
    /// Returns false when the runtime had nothing to delete: it does not know the id, or it has
    /// persisted nothing of the session. After a deletion the log of a session that this client
    /// has under the id is closed with [`CloseReason::Deleted`](crate::CloseReason::Deleted). After a
    /// failure the session is as it was. There is no time limit.
    ///
    /// # Errors
    ///
    /// As [`call`](Client::call).
    ///
    /// # Cancel safety
    ///
    /// The runtime may still delete the session after the future has been dropped. The
    /// session's log is then closed by the runtime's notification of the deletion. Otherwise it is as it
    /// was.
    pub async fn delete_session(&self, id: &SessionId) -> Result<bool> {
        let core = self.core();
        let session = core.registry.get(id.as_str());
        let _ending = session.as_ref().map(|session| Ending::begin(core, session));
        let deleted = delete(core, id).await?;
        // The session that there was: another may have been created under the id since.
        if let Some(session) = session.as_ref().filter(|_| deleted) {
            close_as_deleted(&core.registry, id, session);
        }
        Ok(deleted)
    }
}

/// Asks the runtime to delete the session; false when it had nothing to delete.
pub(super) async fn delete(client: &ClientCore, id: &SessionId) -> Result<bool> {
    const METHOD: &str = "session.delete";

    #[derive(Deserialize)]
    struct DeleteResult {
        #[serde(default)]
        success: bool,
    }

    let params = json!({ "sessionId": id });
    let registry = &client.registry;
    let deletion = registry.deletions.begin(id, registry.departures.begin(id));
    let read = |answer: &RawValue| serde_json::from_str::<DeleteResult>(answer.get());
    // On the reader, which keeps the order of this answer and the notification of the deletion.
    let on_answer = move |answer: Result<&RawValue, &CallError>| {
        deletion.answered(answer.is_ok_and(|answer| read(answer).is_ok_and(|it| it.success)));
    };
    let called = client.peer.call_inline(METHOD, &params, on_answer).await;
    let answer = called.map_err(|error| ClientCore::call_error(METHOD, error))?;
    let result = read(&answer).map_err(|error| {
        Error::unexpected_answer(METHOD).with_source(without_values(&error))
    })?;
    Ok(result.success)
}
