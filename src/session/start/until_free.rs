//! Waiting until the runtime has let go of an id.

use crate::ids::SessionId;
use crate::session::connection::ClientCore;

/// Waits until the runtime has answered whoever ended the last activation of the id, for at most the
/// client's limit.
///
/// The runtime handles requests at the same time: a detach that it has not answered may unload what a
/// later resume has loaded.
pub(super) async fn until_free(client: &ClientCore, id: &SessionId) {
    let departures = &client.registry.departures;
    if !departures.has(id) {
        return;
    }
    let limit = client.options.detach_answer_timeout;
    tracing::debug!(session = ?id, "waiting until the earlier session with this id is detached");
    if client.within(limit, departures.over(id)).await.is_none() {
        departures.forget(id);
        tracing::warn!(
            session = ?id,
            ?limit,
            "the runtime has not answered the detach of the earlier session with this id; the start goes on, and the late detach may end it"
        );
    }
}
