//! `Session`: a session with its state as a type parameter, and what every state can do.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::StreamExt;

use crate::error::{Error, Result};
use crate::events::{CloseReason, Cursor, Event, EventLog, EventStream, Snapshot};
use crate::session::connection::Client;
use crate::session::core::{SessionCore, SessionStats};

/// A session with the agent, in one of three states that decide which methods it has.
///
/// | state | comes from | can |
/// |---|---|---|
/// | [`Pending`](super::Pending) | `create_session`, `resume_session`, `join_session` | take event handlers, [`start`](Session::start) |
/// | [`Active`](super::Active) | a start that succeeded | send messages, abort, call methods, `disconnect`, `delete` |
/// | [`Closed`](super::Closed) | `disconnect`, `delete` | replay its events |
///
/// A method that a state does not have does not compile. The aliases
/// [`PendingSession`](crate::PendingSession), [`ActiveSession`](crate::ActiveSession) and
/// [`ClosedSession`](crate::ClosedSession) save writing the parameter, and
/// [`AnySession`](crate::AnySession) holds a session in any state.
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
/// or with the connection. Whatever ends it, its log is closed with a [`CloseReason`]; its
/// streams deliver what was received and end; its handlers end with them, and calls return
/// [`ErrorKind::Closed`](crate::ErrorKind::Closed) with the reason. A session that was ended from
/// outside keeps the type `Session<Active>` until it is disconnected or dropped.
pub struct Session<S: State> {
    pub(in crate::session) client: Client,
    pub(in crate::session) core: Arc<SessionCore>,
    pub(in crate::session) state: S,
}

/// A state of a [`Session`]: [`Pending`](super::Pending), [`Active`](super::Active) or
/// [`Closed`](super::Closed). Sealed.
pub trait State: sealed::Sealed + Send + Sync + 'static {}

pub(super) mod sealed {
    #[expect(unnameable_types, reason = "seals `State`")]
    pub trait Sealed {}
}

impl<S: State> Session<S> {
    /// A stream of all events: first those that the log retains, from the oldest on, then new
    /// ones as they arrive.
    ///
    /// Streams that are opened early and late deliver the same events. Opening one costs almost
    /// nothing and does not slow the connection down; see [`EventStream`] for gaps and the end.
    pub fn events(&self) -> EventStream {
        self.core.log().events()
    }

    /// A stream of the events from `cursor` on, retained and new ones.
    pub fn events_from(&self, cursor: Cursor) -> EventStream {
        self.core.log().events_from(cursor)
    }

    /// A stream of new events only, from now on.
    pub fn live_events(&self) -> EventStream {
        self.events_from(self.core.log().end())
    }

    /// The events that the log retains now, as a list, and a stream of all later ones.
    ///
    /// For user interfaces that show the past at once and then follow. The two parts meet
    /// without a gap and without an overlap.
    pub fn snapshot_and_follow(&self) -> (Snapshot, EventStream) {
        self.core.log().snapshot_and_follow()
    }

    /// The session's event log, to read from. A clone of it can be read after the session is
    /// gone.
    pub fn log(&self) -> &EventLog {
        self.core.log()
    }

    /// The session's counters: published and retained events, duplicates, malformed events.
    pub fn stats(&self) -> SessionStats {
        self.core.stats()
    }

    /// Why the session ended; `None` while it is open.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.core.log().close_reason()
    }

    /// Waits until the session has ended, for whatever reason, and returns the reason. Returns
    /// at once if it has.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn closed(&self) -> CloseReason {
        self.core.log().closed().await
    }

    /// The client that the session belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits for the first event for which `matches` returns true, and returns it.
    ///
    /// Looks at the retained events first, then at new ones, so an event that has arrived
    /// already is found. To ignore the past, filter [`live_events`](Self::live_events) instead.
    /// There is no time limit.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Closed`](crate::ErrorKind::Closed): the session ended without such an event.
    /// - [`ErrorKind::Lagged`](crate::ErrorKind::Lagged): events left the log while this future was
    ///   waiting to look at them, and one of them may have matched. Events that left the log before
    ///   its first poll do not count.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub fn wait_for(
        &self,
        mut matches: impl FnMut(&Event) -> bool + Send,
    ) -> impl Future<Output = Result<Arc<Event>>> + Send {
        let mut events = self.events();
        async move {
            // A gap in the first place is about events that left the log before the first poll.
            let mut item = events.next().await;
            if let Some(Err(_)) = item {
                item = events.next().await;
            }
            loop {
                match item {
                    Some(Ok(event)) if matches(&event) => return Ok(event),
                    Some(Ok(_)) => {}
                    Some(Err(lagged)) => {
                        return Err(Error::lagged(
                            lagged,
                            "events left the log before they were read; raise the log's bounds",
                        ));
                    }
                    None => return Err(Error::ended(&events)),
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
