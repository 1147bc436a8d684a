//! The session and its typestate: what every state can do.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::StreamExt;

use crate::error::{Error, ErrorKind, Result};
use crate::events::{CloseReason, Cursor, Event, EventLog, EventStream, Snapshot};
use crate::session::connection::Client;
use crate::session::core::{SessionCore, SessionStats};

/// A session, in one of three states that decide what can be done with it:
///
/// | state | how it comes about | what it can do |
/// |---|---|---|
/// | [`Pending`](super::Pending) | `create_session`, `resume_session`, `join_session` | take subscribers; [`start`](Session::start) |
/// | [`Active`](super::Active) | a start that succeeded | send, wait, abort, call; `disconnect`, `delete` |
/// | [`Closed`](super::Closed) | `disconnect`, `delete` | tell its whole story again |
///
/// Every state reads the same log: a stream that was opened on the pending session goes
/// on through its life, and one that is opened on the closed session begins with the first
/// event. What a state can't do does not compile.
///
/// # Types
///
/// The parameter need not be written out: there are the aliases
/// [`PendingSession`](crate::PendingSession), [`ActiveSession`](crate::ActiveSession) and
/// [`ClosedSession`](crate::ClosedSession), and [`AnySession`](crate::AnySession) where the
/// state is known at run time only.
///
/// # The other side
///
/// A type can't keep a runtime from going away. When the session ends from there (see
/// [`CloseReason`]), the streams of an active session end after their last event, and its
/// calls return [`ErrorKind::Closed`].
pub struct Session<S: State> {
    pub(in crate::session) client: Client,
    pub(in crate::session) core: Arc<SessionCore>,
    pub(in crate::session) state: S,
}

/// The state of a [`Session`]: [`Pending`](super::Pending), [`Active`](super::Active) or
/// [`Closed`](super::Closed).
pub trait State: sealed::Sealed + Send + Sync + 'static {}

pub(super) mod sealed {
    #[expect(unnameable_types, reason = "that is its point")]
    pub trait Sealed {}
}

impl<S: State> Session<S> {
    /// All events of the session: those retained, from the oldest on, then live. Early and
    /// late streams see the same, from the first event on; see [`EventStream`].
    pub fn events(&self) -> EventStream {
        self.core.log().events()
    }

    /// The events from `cursor` on.
    pub fn events_from(&self, cursor: Cursor) -> EventStream {
        self.core.log().events_from(cursor)
    }

    /// The events from now on.
    pub fn live_events(&self) -> EventStream {
        self.events_from(self.core.log().end())
    }

    /// What is retained, at once, and a stream of what follows: for user interfaces that
    /// must not animate a replay.
    pub fn snapshot_and_follow(&self) -> (Snapshot, EventStream) {
        self.core.log().snapshot_and_follow()
    }

    /// The session's log.
    pub fn log(&self) -> &EventLog {
        self.core.log()
    }

    /// The session's counters: events, duplicates, malformed events.
    pub fn stats(&self) -> SessionStats {
        self.core.stats()
    }

    /// Why the session was closed; `None` while it is not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.core.log().close_reason()
    }

    /// Waits until the session is closed, by whomever.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn closed(&self) -> CloseReason {
        self.core.log().closed().await
    }

    /// The client that the session belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The first retained event for which `matches` holds, whether it has come already or
    /// is still to come.
    ///
    /// To wait for the next one only, filter [`live_events`](Self::live_events).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`] when the session ends without one, and
    /// [`ErrorKind::Lagged`] when events left the log before they could be looked at.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub fn wait_for(
        &self,
        mut matches: impl FnMut(&Event) -> bool + Send,
    ) -> impl Future<Output = Result<Arc<Event>>> + Send {
        let mut events = self.events();
        async move {
            // What had left the log before this call was never to be looked at.
            let mut item = events.next().await;
            if let Some(Err(_)) = item {
                item = events.next().await;
            }
            loop {
                match item {
                    Some(Ok(event)) if matches(&event) => return Ok(event),
                    Some(Ok(_)) => {}
                    Some(Err(lagged)) => {
                        return Err(Error::new(
                            ErrorKind::Lagged(lagged),
                            "events left the log before they could be looked at",
                        )
                        .with_source(lagged));
                    }
                    None => {
                        // A stream ends only when its log was closed.
                        let reason = events.close_reason().unwrap_or(CloseReason::Dropped);
                        return Err(Error::closed(reason));
                    }
                }
                item = events.next().await;
            }
        }
    }
}

impl<S: State> fmt::Debug for Session<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = std::any::type_name::<S>().rsplit("::").next();
        f.debug_struct("Session")
            .field("state", &state.unwrap_or_default())
            .field("id", &self.core.id())
            .field("published", &self.core.stats().published)
            .field("closed", &self.close_reason())
            .finish_non_exhaustive()
    }
}
