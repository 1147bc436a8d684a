//! The event log: append-only, bounded, replayable.

mod appender;
mod bounds;
mod core;
mod reader;
mod segment;
mod snapshot;
mod stream;
mod sync;
mod wakers;
mod writer;

#[cfg(all(test, copilot_loom))]
mod loom;
// The rest of the tests runs outside of models, where loom's types do not work.
#[cfg(all(test, not(copilot_loom)))]
mod tests;

use std::fmt;
use std::future::poll_fn;

use self::core::LogCore;
use self::reader::Reader;
use crate::events::{CloseReason, Cursor, Event, EventDraft, Lineage, LogId, Seq};
use crate::ids::SessionId;

pub use self::bounds::LogBounds;
pub use self::snapshot::Snapshot;
pub use self::stream::{Batch, EventStream};
pub(crate) use self::wakers::Wakers;
pub use self::writer::EventLogWriter;

/// Counters of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogStats {
    /// Positions that were handed out: events that were appended, and events that were lost before
    /// they reached the log (see [`EventLogWriter::record_gap`]).
    pub appended: u64,
    /// Positions that readers can see; today the same as `appended`.
    pub published: u64,
    /// Events that are retained now.
    pub retained_events: u64,
    /// The weight of the retained events, in bytes.
    pub retained_bytes: usize,
    /// Events of which something could not be read, when somebody read it: the payload does not have the
    /// type of its kind, or a member that says when work ends is of another type. Each counts once.
    pub unreadable: u64,
}

/// An append-only, bounded, replayable log of events, to read from. Clones are cheap and read
/// the same log.
///
/// Its one [`EventLogWriter`] appends and closes. [`from_events`](Self::from_events) makes a
/// complete log of events that are there already.
///
/// - **Ordering.** Events are numbered densely from 1 in the order of their appends, and
///   every reader sees them in that order.
/// - **Readers are cursors.** [`events`](Self::events) takes no lock and replays what is
///   retained before it continues live. There is no hand-over between the two, because both are
///   the same structure. Readers do not slow the writer or one another.
/// - **Bounds.** See [`LogBounds`]. A reader that falls behind the oldest retained event gets
///   a [`Gap`](super::Gap) with the number of events that it missed and where it continues. For
///   every reader from the start: delivered + missed = published.
/// - **Identity.** The log has an id ([`lineage`](Self::lineage)), which its cursors and its
///   events have too.
/// - **Closing.** When the writer closes the log or is dropped, every stream ends once it has
///   delivered what was appended before. A closed log can be replayed for as long as it lives.
#[derive(Clone)]
pub struct EventLog {
    core: sync::Arc<LogCore<Event>>,
}

impl EventLog {
    fn of(core: sync::Arc<LogCore<Event>>) -> Self {
        Self { core }
    }

    /// A log of these events, all retained, closed with [`CloseReason::Complete`].
    ///
    /// ```
    /// use copilot_sessions::events::{CloseReason, EventDraft, EventLog};
    ///
    /// let kinds = ["session.start", "session.idle"];
    /// let drafts = kinds.map(|kind| EventDraft::parse(&format!(r#"{{"type":"{kind}"}}"#)));
    /// let log = EventLog::from_events(drafts);
    /// assert_eq!(log.stats().published, 2);
    /// assert_eq!(log.close_reason(), Some(CloseReason::Complete));
    /// ```
    pub fn from_events(drafts: impl IntoIterator<Item = EventDraft>) -> Self {
        Self::of_session(None, drafts)
    }

    /// Like [`from_events`](Self::from_events), for the events of a session.
    pub(crate) fn of_session(
        session: Option<SessionId>,
        drafts: impl IntoIterator<Item = EventDraft>,
    ) -> Self {
        let mut writer = EventLogWriter::new(LogBounds::UNBOUNDED);
        if let Some(session) = session {
            writer.set_session_id(session);
        }
        for draft in drafts {
            // Refused by closed logs only.
            let _ = writer.append_quietly(draft);
        }
        writer.close(CloseReason::Complete);
        writer.log().clone()
    }

    /// Which log this is, and which opening of it.
    pub fn lineage(&self) -> &Lineage {
        self.core.identity.lineage()
    }

    /// The log's id.
    pub fn id(&self) -> LogId {
        self.lineage().log_id()
    }

    /// The session whose log this is; `None` if it is no session's, or if the runtime will choose
    /// the session's id and has not yet.
    pub fn session_id(&self) -> Option<&SessionId> {
        self.core.identity.session()
    }

    /// Wakes the readers that wait.
    pub(crate) fn wake(&self) {
        self.core.wakers.wake_all();
    }

    /// Why the log was closed; `None` while it is open.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.reason().cloned()
    }

    /// Why the log was closed, by reference.
    pub(crate) fn reason(&self) -> Option<&CloseReason> {
        self.core.closed()
    }

    /// Waits until the log is closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn closed(&self) -> CloseReason {
        let mut reader = self.reader(self.end());
        poll_fn(|cx| reader.poll_closed(cx)).await
    }

    /// A stream of all events: those retained, from the oldest on, then live.
    pub fn events(&self) -> EventStream {
        self.events_from(Cursor::START)
    }

    /// A stream that starts at `cursor`. If that is no cursor of this log, the stream begins with
    /// a [`Gap`](super::Gap) that says so and where it starts instead.
    pub fn events_from(&self, cursor: Cursor) -> EventStream {
        EventStream::new(self.reader(cursor), cursor)
    }

    /// A stream of all events up to the one with this number, then the end.
    ///
    /// Waits for events that have not been appended; ends early with the log.
    ///
    /// ```
    /// use copilot_sessions::events::{EventDraft, EventLog, Seq};
    /// use futures::{StreamExt, executor::block_on};
    ///
    /// let drafts = ["1", "2", "3"].map(|id| EventDraft::parse(&format!(r#"{{"id":"{id}"}}"#)));
    /// let log = EventLog::from_events(drafts);
    /// let two = log.events_until(Seq::new(2).unwrap());
    /// assert_eq!(block_on(two.count()), 2);
    /// ```
    pub fn events_until(&self, last: Seq) -> EventStream {
        self.events().until(last)
    }

    /// The cursor right behind the event with this number.
    pub fn after(&self, seq: Seq) -> Cursor {
        self.core.identity.cursor(seq.get())
    }

    /// The cursor right before the event with this number.
    pub fn before(&self, seq: Seq) -> Cursor {
        self.core.identity.cursor(seq.position())
    }

    /// The cursor behind the newest event: a stream opened there is live only.
    pub fn end(&self) -> Cursor {
        self.core.identity.cursor(self.core.published())
    }

    /// Everything that is retained now, at once, and a stream of all that follows.
    ///
    /// For a program that needs the past as a list. To be told when the replay is over, use
    /// [`updates`](EventStream::updates). The two parts meet without a gap and without an overlap.
    pub fn snapshot_and_follow(&self) -> (Snapshot, EventStream) {
        let (items, published) = self.core.contents();
        let end = self.core.identity.cursor(published);
        (Snapshot::new(items, end), self.events_from(end))
    }

    /// The log's counters.
    pub fn stats(&self) -> LogStats {
        // In this order: what is retained was published, and what is published was appended.
        let retained = self.core.retained();
        let published = self.core.published();
        LogStats {
            appended: self.core.appended(),
            published,
            retained_events: retained.items,
            retained_bytes: retained.weight,
            unreadable: self.core.identity.unreadable(),
        }
    }

    fn reader(&self, cursor: Cursor) -> Reader<Event> {
        let (position, gap) = self.core.identity.place(cursor, self.core.appended());
        Reader::new(sync::Arc::clone(&self.core), position, gap)
    }
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog")
            .field("id", &self.id())
            .field("session", &self.session_id())
            .field("published", &self.core.published())
            .field("closed", &self.core.closed())
            .finish_non_exhaustive()
    }
}
