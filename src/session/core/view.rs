//! `SessionView`: what can be read of a session in every state.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::StreamExt;

use crate::error::{Error, Result};
use crate::events::{CloseReason, Cursor, Event, EventLog, EventStream, Gap, Seq, Snapshot};
use crate::ids::SessionId;
use crate::session::core::{SessionCore, SessionStats};

/// What can be read of a session, whatever its state: its id, its events, its end.
///
/// A [`Session`](crate::Session) in each state, its [`SessionHandle`](crate::SessionHandle) and
/// [`AnySession`](crate::AnySession) dereference to it. It can't be cloned; for something to give
/// away, clone its [`log`](Self::log) or take a [handle](crate::Session::handle).
pub struct SessionView {
    pub(in crate::session) core: Arc<SessionCore>,
}

impl SessionView {
    pub(in crate::session) fn new(core: Arc<SessionCore>) -> Self {
        Self { core }
    }

    /// Another view of the same session.
    pub(in crate::session) fn again(&self) -> Self {
        Self::new(Arc::clone(&self.core))
    }

    /// The session's id; `None` if the runtime will choose it and has not yet, as for a cloud
    /// session without an id.
    pub fn id(&self) -> Option<&SessionId> {
        self.core.id()
    }

    /// A stream of all events: first those that the log retains, from the oldest on, then new
    /// ones as they arrive.
    ///
    /// Streams that are opened early and late deliver the same events. Opening one costs almost
    /// nothing and does not slow the connection down; see [`EventStream`] for gaps and the end.
    pub fn events(&self) -> EventStream {
        self.log().events()
    }

    /// A stream of the events from `cursor` on, retained and new ones. If it is no cursor of this
    /// session's log, the stream begins with a [`Gap`](crate::Gap) that says so.
    pub fn events_from(&self, cursor: Cursor) -> EventStream {
        self.log().events_from(cursor)
    }

    /// A stream of all events up to the one with this number, then the end.
    pub fn events_until(&self, last: Seq) -> EventStream {
        self.log().events_until(last)
    }

    /// A stream of new events only, from now on.
    pub fn live_events(&self) -> EventStream {
        self.events_from(self.log().end())
    }

    /// What the log retains now, as a list, and a stream of all later events.
    ///
    /// For a program that needs the past as a list. To be told when the replay is over, use
    /// [`updates`](EventStream::updates). The two parts meet
    /// without a gap and without an overlap.
    pub fn snapshot_and_follow(&self) -> (Snapshot, EventStream) {
        self.log().snapshot_and_follow()
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

    /// Whether the session's own agent is at work, as of the last event that has arrived: from a message,
    /// of whatever client, up to the idle behind it. Background agents may go on longer. The runtime is not
    /// asked.
    pub fn is_busy(&self) -> bool {
        self.core.is_busy()
    }

    /// Why the session ended; `None` while it is open.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.log().close_reason()
    }

    /// Waits until the session has ended, for whatever reason, and returns the reason. Returns
    /// at once if it has.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub fn closed(&self) -> impl Future<Output = CloseReason> + Send + use<> {
        let core = Arc::clone(&self.core);
        async move { core.ended().await }
    }

    /// Waits for the next event for which `matches` returns true, and returns it.
    ///
    /// Looks at events that arrive after this call. For one that may have arrived before, use
    /// [`wait_for_from`](Self::wait_for_from). There is no time limit. The future does not borrow
    /// the session.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Closed`](crate::ErrorKind::Closed): the session ended without such an event.
    /// - [`ErrorKind::Gap`](crate::ErrorKind::Gap): events are missing, and one of them may have
    ///   matched.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub fn wait_for<F>(&self, matches: F) -> impl Future<Output = Result<Event>> + Send + use<F>
    where
        F: FnMut(&Event) -> bool + Send,
    {
        self.wait_for_from(self.log().end(), matches)
    }

    /// Like [`wait_for`](Self::wait_for), but looks at the events from `cursor` on: with
    /// [`Cursor::START`], at all that the log retains and then at new ones.
    ///
    /// # Errors
    ///
    /// As [`wait_for`](Self::wait_for), and when `cursor` is no cursor of this session's log. Events that
    /// left the log before the first poll don't count.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub fn wait_for_from<F>(
        &self,
        cursor: Cursor,
        mut matches: F,
    ) -> impl Future<Output = Result<Event>> + Send + use<F>
    where
        F: FnMut(&Event) -> bool + Send,
    {
        let mut events = self.events_from(cursor);
        let is_look_back = cursor == Cursor::START;
        async move {
            let mut item = events.next().await;
            // Of a look back, these left the log before the first poll, or lie before it.
            if is_look_back && matches!(item, Some(Err(Gap::Lagged(_) | Gap::NotLoaded { .. })))
            {
                item = events.next().await;
            }
            loop {
                match item {
                    Some(Ok(event)) if matches(&event) => return Ok(event),
                    Some(Ok(_)) => {}
                    Some(Err(gap)) => {
                        return Err(Error::gap(
                            gap,
                            "the event that is waited for may be among those that are missing",
                        ));
                    }
                    None => return Err(Error::ended(&events)),
                }
                item = events.next().await;
            }
        }
    }
}

impl fmt::Debug for SessionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionView")
            .field("id", &self.id())
            .field("published", &self.stats().published)
            .field("closed", &self.close_reason())
            .finish_non_exhaustive()
    }
}
