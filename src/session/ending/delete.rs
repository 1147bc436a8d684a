//! Deleting a session and its history by its id.

use serde::Deserialize;
use serde_json::json;

use crate::error::Result;
use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::connection::{Client, ClientCore};
use crate::session::core::SessionCore;

impl Client {
    /// Deletes a session and its persisted history by its id.
    ///
    /// Returns false when the runtime had nothing to delete: it does not know the id, or it has
    /// persisted nothing of the session. After a deletion the log of a session that this client
    /// has under the id is closed with [`CloseReason::Deleted`](crate::CloseReason::Deleted). There
    /// is no time limit.
    ///
    /// # Errors
    ///
    /// As [`call`](Client::call).
    ///
    /// # Cancel safety
    ///
    /// The runtime may still delete the session after the future has been dropped. The
    /// session's log is then closed by the runtime's notification of the deletion.
    pub async fn delete_session(&self, id: &SessionId) -> Result<bool> {
        let core = self.core();
        let session = core.registry.get(id.as_str());
        let _ending = session.as_deref().map(SessionCore::ending);
        let deleted = delete(core, id).await?;
        // The session that there was: another may have been created under the id since.
        if let Some(session) = session.as_ref().filter(|_| deleted) {
            core.registry.remove_same(id, session);
            session.end_by_runtime(None, CloseReason::Deleted);
        }
        Ok(deleted)
    }
}

/// Asks the runtime to delete the session; false when it had nothing to delete.
pub(super) async fn delete(client: &ClientCore, id: &SessionId) -> Result<bool> {
    #[derive(Deserialize)]
    struct DeleteResult {
        #[serde(default)]
        success: bool,
    }

    let params = json!({ "sessionId": id });
    let result: DeleteResult = client.call("session.delete", &params).await?;
    Ok(result.success)
}
