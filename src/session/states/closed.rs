//! The state of a session that has ended.

use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::states::session::{Session, State, sealed};

/// The state of a session that has ended. Its log is closed and keeps what it kept.
#[derive(Debug)]
pub struct Closed {
    pub(super) id: SessionId,
    pub(super) reason: CloseReason,
}

impl sealed::Sealed for Closed {}
impl State for Closed {}

impl Session<Closed> {
    /// The session's id, by which it can be resumed unless it was deleted.
    pub fn id(&self) -> &SessionId {
        &self.state.id
    }

    /// Why the session was closed: the first reason, which may be the runtime's.
    pub fn reason(&self) -> &CloseReason {
        &self.state.reason
    }
}
