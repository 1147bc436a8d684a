//! `Session`: a session with its state as a type parameter, and what every state can do.

use std::fmt;
use std::ops::Deref;

use crate::session::core::SessionView;

/// A session with the agent, in one of three states that decide which methods it has.
///
/// | state | comes from | can |
/// |---|---|---|
/// | [`Pending`](super::Pending) | `create_session`, `resume_session`, `join_session` | take event handlers, [`start`](Session::start) |
/// | [`Active`](super::Active) | a start that succeeded | send messages, abort, call methods, `disconnect`, `delete` |
/// | [`Closed`](super::Closed) | `disconnect`, `delete`, `ended` | replay its events |
///
/// A method that a state does not have does not compile. The aliases
/// [`PendingSession`](crate::PendingSession), [`ActiveSession`](crate::ActiveSession) and
/// [`ClosedSession`](crate::ClosedSession) save writing the parameter, and
/// [`AnySession`](crate::AnySession) holds a session in any state.
///
/// # Reading, sharing, owning
///
/// A session is its owner: dropping it ends it. What can be read in every state (events, log,
/// counters, the end) are methods of [`SessionView`], to which a session dereferences. To send and
/// call from several tasks, give each a [`handle`](Session::handle).
///
/// # Events
///
/// All states read the same log. A stream that was opened on the pending session continues
/// through all states; one that is opened on the closed session replays what the log retains,
/// from the first event on if nothing was evicted. The log numbers events from 1 in the order
/// of arrival and keeps them within [`LogBounds`](crate::LogBounds), which
/// [`ClientOptions::log_bounds`](crate::ClientOptions::log_bounds) sets.
///
/// # How a session ends
///
/// An active session can end at any time: by this program, by another client, by the runtime,
/// or with the connection. Whatever ends it, its log is closed with a [`CloseReason`](crate::CloseReason); its
/// streams deliver what was received and end; its handlers end with them, and calls return
/// [`ErrorKind::Closed`](crate::ErrorKind::Closed) with the reason. A session that was ended from
/// outside keeps the type `Session<Active>` until it is disconnected or dropped;
/// [`ended`](Session::ended) waits for that and returns the closed session.
pub struct Session<S: State> {
    pub(in crate::session) view: SessionView,
    pub(in crate::session) state: S,
}

/// A state of a [`Session`]: [`Pending`](super::Pending), [`Active`](super::Active) or
/// [`Closed`](super::Closed). Sealed.
pub trait State: sealed::Sealed + Send + Sync + 'static {}

pub(super) mod sealed {
    #[expect(unnameable_types, reason = "seals `State`")]
    pub trait Sealed {}
}

impl<S: State> Deref for Session<S> {
    type Target = SessionView;

    fn deref(&self) -> &SessionView {
        &self.view
    }
}

impl<S: State> fmt::Debug for Session<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = std::any::type_name::<S>().rsplit("::").next();
        f.debug_struct("Session")
            .field("state", &state.unwrap_or_default())
            .field("id", &self.view.id())
            .field("published", &self.stats().published)
            .field("closed", &self.close_reason())
            .finish_non_exhaustive()
    }
}
