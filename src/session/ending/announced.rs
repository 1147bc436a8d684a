//! Ends that the connection's reader learns of: the runtime unloads or deletes a session, or
//! the connection itself ends.

use std::sync::Arc;

use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::connection::{ClientCore, Registry};
use crate::session::core::SessionCore;

/// The runtime has announced that it unloads the session. Events may still follow its
/// announcement, so the log is closed behind a round trip: the connection is ordered.
pub(in crate::session) fn close_unloaded(client: &ClientCore, session: &Arc<SessionCore>) {
    if session.is_ending() {
        return;
    }
    let session = Arc::clone(session);
    let registry = Arc::clone(&client.registry);
    let peer = client.peer.clone();
    tokio::spawn(async move {
        let _ = peer.call_raw("ping", &serde_json::json!({})).await;
        // Resumed meanwhile under the same id, it is another session's log.
        if session.log().close(CloseReason::Shutdown)
            && let Some(id) = session.id()
        {
            tracing::debug!(session = %id, "the runtime unloaded the session");
            registry.remove_if(id, &session);
        }
    });
}

/// The runtime has deleted the session, for whichever client.
pub(in crate::session) fn close_deleted(registry: &Registry, id: &SessionId) {
    if let Some(session) = registry.remove(id.as_str()) {
        session.log().close(CloseReason::Deleted);
    }
}

/// The connection has ended: closes every session, and no other can be registered.
pub(in crate::session) fn close_all(registry: &Registry, reason: &CloseReason) {
    for session in registry.take_all(reason) {
        session.log().close(reason.clone());
    }
}
