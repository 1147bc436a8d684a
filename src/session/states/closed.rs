//! `Closed`: the state of a session that has ended.

use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::core::SessionView;
use crate::session::states::session::{Session, State, sealed};

/// The state of a [`Session`] that has ended: disconnected, deleted, or ended from outside.
///
/// It is data and nothing else: the log is closed, the events that it retains can still be read, and
/// it keeps neither the client nor a runtime process alive.
#[derive(Debug)]
pub struct Closed {
    id: SessionId,
}

impl sealed::Sealed for Closed {}
impl State for Closed {}

impl Session<Closed> {
    pub(super) fn closed(view: SessionView, id: SessionId) -> Self {
        Self { view, state: Closed { id } }
    }

    /// The session's id. Unless the session was deleted, it can be resumed by this id.
    pub fn id(&self) -> &SessionId {
        &self.state.id
    }

    /// Why the session ended. If the runtime or the connection ended it before this program
    /// did, this is that earlier reason.
    pub fn reason(&self) -> &CloseReason {
        // The log of a closed session is closed.
        self.log().reason().unwrap_or(&CloseReason::Dropped)
    }
}
