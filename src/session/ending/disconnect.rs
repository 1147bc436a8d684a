//! Disconnecting a session, whoever asks for it: its owner or a handle.

use std::sync::Arc;

use crate::error::Result;
use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::connection::ClientCore;
use crate::session::core::SessionCore;
use crate::session::ending::detach::detach;

/// Detaches the session, then closes its log and frees its id, whatever the answer. Sends nothing when
/// the id is free: then the runtime has ended the session itself, or somebody else has ended it here.
pub(in crate::session) async fn disconnect(
    client: &ClientCore,
    session: &Arc<SessionCore>,
    id: &SessionId,
) -> Result<()> {
    let _turn = session.detaching().await;
    let _ending = session.ending();
    let detached =
        if client.registry.is_same(id, session) { detach(client, id).await } else { Ok(()) };
    session.close(CloseReason::Disconnected);
    client.registry.remove_same(id, session);
    detached
}
