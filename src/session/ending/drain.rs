//! Waiting until event handlers have handled what is in a log that was closed.

use futures::future::join_all;

use crate::ids::SessionId;
use crate::session::connection::ClientCore;
use crate::session::core::EventHandlers;

/// What an event handler has not handled.
#[derive(Debug)]
pub(in crate::session) struct Unhandled {
    pub(in crate::session) session_id: Option<SessionId>,
    pub(in crate::session) events: u64,
}

/// Waits until these handlers are done with the logs that are closed, for at most the client's limit.
/// Returns what each has not handled.
pub(in crate::session) async fn drain(
    client: &ClientCore,
    handlers: &EventHandlers,
) -> Vec<Unhandled> {
    let running = handlers.on_closed_logs();
    if running.is_empty() {
        return Vec::new();
    }
    let settled = async {
        // One that has waited for another ending goes on meanwhile.
        while !running.iter().all(|handler| handler.is_settled()) {
            join_all(running.iter().map(|handler| handler.settled())).await;
        }
    };
    client.within(client.options.drain_timeout, settled).await;
    let unhandled = unhandled(handlers);
    let events: u64 = unhandled.iter().map(|it| it.events).sum();
    if events > 0 {
        tracing::warn!(
            unhandled = events,
            "event handlers are not done after the drain timeout; an ending goes on without them"
        );
    }
    unhandled
}

/// What these handlers have not handled of the logs that are closed.
pub(in crate::session) fn unhandled(handlers: &EventHandlers) -> Vec<Unhandled> {
    let running = handlers.on_closed_logs();
    let unhandled = running.iter().map(|handler| Unhandled {
        session_id: handler.session_id().cloned(),
        events: handler.unhandled(),
    });
    unhandled.collect()
}
