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
    unhandled: u64,
}

impl sealed::Sealed for Closed {}
impl State for Closed {}

impl Session<Closed> {
    pub(super) fn closed(view: SessionView, id: SessionId, unhandled: u64) -> Self {
        Self { view, state: Closed { id, unhandled } }
    }

    /// The session's id. Unless the session was deleted, it can be resumed by this id.
    pub fn id(&self) -> &SessionId {
        &self.state.id
    }

    /// How many events the event handlers had not handled when the session was returned; an event
    /// counts once for each handler.
    ///
    /// [`disconnect`](Session::disconnect) and [`delete`](Session::delete) wait for the handlers, for at
    /// most [`ClientOptions::drain_timeout`](crate::ClientOptions::drain_timeout): this is what was left
    /// then. [`ended`](Session::ended) waits for none. The handlers go on. Not counted are handlers that
    /// were cancelled, and one that ended the session itself and goes on behind that.
    pub fn unhandled(&self) -> u64 {
        self.state.unhandled
    }

    /// Why the session ended. If the runtime or the connection ended it before this program
    /// did, this is that earlier reason.
    pub fn reason(&self) -> &CloseReason {
        // The log of a closed session is closed.
        self.log().reason().unwrap_or(&CloseReason::Dropped)
    }
}
