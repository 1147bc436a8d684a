//! Disconnecting a session, whoever asks for it: its owner or a handle.

use std::sync::Arc;

use crate::error::Result;
use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::connection::ClientCore;
use crate::session::core::SessionCore;
use crate::session::ending::detach::detach;
use crate::session::ending::limit::in_time;
use crate::session::ending::under_way::Ending;

/// Detaches the session, then closes its log and frees its id, whatever the answer, and without one
/// when the limit is over.
pub(in crate::session) async fn disconnect(
    client: &Arc<ClientCore>,
    session: &Arc<SessionCore>,
    id: &SessionId,
) -> Result<()> {
    let _ending = Ending::begin(client, session);
    let detached =
        in_time(client, "the request to detach the session", detach(client, session, id)).await;
    session.close(CloseReason::Disconnected);
    client.registry.remove_same(id, session);
    detached
}
