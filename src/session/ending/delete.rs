//! Deleting a session by its id.

use serde::Deserialize;
use serde_json::json;

use crate::error::Result;
use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::connection::{Client, ClientCore};
use crate::session::ending::announced::close_deleted;

impl Client {
    /// Deletes a session and its history from the disk. False if the runtime does not know
    /// the id. The log of a live session is closed with [`CloseReason::Deleted`].
    pub async fn delete_session(&self, id: &SessionId) -> Result<bool> {
        let core = self.core();
        if let Some(session) = core.registry.get(id.as_str()) {
            session.begin_ending(CloseReason::Deleted);
        }
        let deleted = delete(core, id).await?;
        if deleted {
            close_deleted(&core.registry, id);
        }
        Ok(deleted)
    }
}

/// Asks the runtime to delete the session; whether it had one of that id.
pub(super) async fn delete(client: &ClientCore, id: &SessionId) -> Result<bool> {
    #[derive(Deserialize)]
    struct Deleted {
        #[serde(default)]
        success: bool,
    }

    let params = json!({ "sessionId": id });
    let deleted: Deleted = client.call("session.delete", &params).await?;
    Ok(deleted.success)
}
