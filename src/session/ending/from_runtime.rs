//! Endings that come from the runtime: it unloads or deletes a session, or the connection ends.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::rpc::CallError;
use crate::session::connection::{ClientCore, Registry};
use crate::session::core::SessionCore;

/// Closes the log of a session whose unloading the runtime has announced.
///
/// More events may follow the announcement. The connection is ordered, so they all arrive
/// before the answer to a ping; the log is closed then. However often it is announced, one ping is sent.
pub(in crate::session) fn close_unloaded(client: &ClientCore, session: &Arc<SessionCore>) {
    if session.begin_unload() {
        close_behind_round_trip(client, session);
    }
}

/// Closes the log of a session that the runtime has unloaded, behind what it has sent until now.
pub(super) fn close_behind_round_trip(client: &ClientCore, session: &Arc<SessionCore>) {
    let unloaded = Unloaded {
        start: session.start_number(),
        session: Arc::clone(session),
        registry: Arc::clone(&client.registry),
    };
    let params = serde_json::json!({});
    let on_answer = {
        let unloaded = unloaded.clone();
        move |_: Result<&RawValue, &CallError>| unloaded.close()
    };
    let called = client.peer.call_inline("ping", &params, on_answer);
    client.tokio.spawn(async move {
        match called.await {
            // The callback has closed it, or the end of the connection closes every log.
            Ok(_) | Err(CallError::Closed(_)) => {}
            // The answer may never be known.
            Err(_) => unloaded.close(),
        }
    });
}

/// A session that the runtime has unloaded.
#[derive(Clone)]
struct Unloaded {
    session: Arc<SessionCore>,
    start: u64,
    registry: Arc<Registry>,
}

impl Unloaded {
    fn close(self) {
        // A session that was resumed meanwhile under the same id keeps its entry.
        if self.session.end_by_runtime(Some(self.start), CloseReason::Shutdown)
            && let Some(id) = self.session.id()
        {
            tracing::debug!(session = ?id, "the runtime unloaded the session");
            self.registry.remove_same(id, &self.session);
        }
    }
}

/// Closes the log of a session that the runtime has deleted, at this or another client's
/// request; unless the deletion is that of an earlier session with the id.
pub(in crate::session) fn close_deleted(registry: &Registry, id: &SessionId) {
    if !registry.deletions.notified(id)
        && let Some(session) = registry.get(id.as_str())
    {
        close_as_deleted(registry, id, &session);
    }
}

/// Closes the log of a session that the runtime has deleted.
pub(super) fn close_as_deleted(
    registry: &Registry,
    id: &SessionId,
    session: &Arc<SessionCore>,
) {
    registry.remove_same(id, session);
    session.end_by_runtime(None, CloseReason::Deleted);
}

/// Closes the logs of all sessions because the connection has ended, and refuses new ones.
pub(in crate::session) fn close_all(registry: &Registry, reason: &CloseReason) {
    for session in registry.refuse_and_remove_all(reason) {
        session.close(reason.clone());
    }
}
