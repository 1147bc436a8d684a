//! `Closed`: the state of a session that this program has disconnected or deleted.

use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::states::session::{Session, State, sealed};

/// The state of a [`Session`] that this program has disconnected or deleted.
///
/// The log is closed; the events that it retains can still be read. A closed session keeps its
/// client's connection open: drop it when it is no longer needed.
#[derive(Debug)]
pub struct Closed {
    pub(super) id: SessionId,
    pub(super) reason: CloseReason,
}

impl sealed::Sealed for Closed {}
impl State for Closed {}

impl Session<Closed> {
    /// The session's id. Unless the session was deleted, it can be resumed by this id.
    pub fn id(&self) -> &SessionId {
        &self.state.id
    }

    /// Why the session ended. If the runtime or the connection ended it before this program
    /// did, this is that earlier reason.
    pub fn reason(&self) -> &CloseReason {
        &self.state.reason
    }
}
