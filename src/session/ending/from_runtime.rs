//! Endings that come from the runtime: it unloads or deletes a session, or the connection ends.

use std::sync::Arc;

use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::connection::{ClientCore, Registry};
use crate::session::core::SessionCore;

/// Closes the log of a session whose unloading the runtime has announced.
///
/// More events may follow the announcement. The connection is ordered, so they all arrive
/// before the answer to a ping; the log is closed then. However often it is announced, one ping
/// at a time is under way for a session.
pub(in crate::session) fn close_unloaded(client: &ClientCore, session: &Arc<SessionCore>) {
    if !session.begin_unload() {
        return;
    }
    let start = session.start_number();
    let session = Arc::clone(session);
    let registry = Arc::clone(&client.registry);
    let peer = client.peer.clone();
    tokio::spawn(async move {
        let _ = peer.call_raw("ping", &serde_json::json!({})).await;
        // A session that was resumed meanwhile under the same id keeps its entry.
        if session.end_by_runtime(Some(start), CloseReason::Shutdown)
            && let Some(id) = session.id()
        {
            tracing::debug!(session = ?id, "the runtime unloaded the session");
            registry.remove_same(id, &session);
        }
    });
}

/// Closes the log of a session that the runtime has deleted, at this or another client's
/// request.
pub(in crate::session) fn close_deleted(registry: &Registry, id: &SessionId) {
    if let Some(session) = registry.remove(id.as_str()) {
        session.end_by_runtime(None, CloseReason::Deleted);
    }
}

/// Closes the logs of all sessions because the connection has ended, and refuses new ones.
pub(in crate::session) fn close_all(registry: &Registry, reason: &CloseReason) {
    for session in registry.refuse_and_remove_all(reason) {
        session.close(reason.clone());
    }
}
