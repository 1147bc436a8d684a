//! Waiting until event handlers have handled what is in a log that was closed.

use std::sync::Arc;

use futures::future::join_all;

use crate::session::connection::ClientCore;
use crate::session::core::{EventHandler, EventHandlers};

/// Waits until these handlers are done with the logs that are closed, for at most the client's limit.
/// Returns those that are not.
pub(in crate::session) async fn drain(
    client: &ClientCore,
    handlers: &EventHandlers,
) -> Vec<Arc<EventHandler>> {
    let running = handlers.ending();
    if running.is_empty() {
        return running;
    }
    let settled = join_all(running.iter().map(|handler| handler.settled()));
    if client.within(client.options.drain_timeout, settled).await.is_none() {
        let unhandled: u64 = running.iter().map(|handler| handler.unhandled()).sum();
        if unhandled > 0 {
            tracing::warn!(
                unhandled,
                "event handlers are not done after the drain timeout; an ending goes on without them"
            );
        }
        return running;
    }
    Vec::new()
}
