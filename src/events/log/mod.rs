//! The event log: append-only, bounded, replayable.

mod appender;
mod bounds;
mod core;
mod reader;
mod segment;
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
use std::sync::Arc;

use self::core::LogCore;
use self::reader::Reader;
use crate::events::{CloseReason, Cursor, Event, EventDraft, Lagged};

pub use self::bounds::LogBounds;
pub use self::stream::{Batch, EventStream};
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
///   one [`Lagged`] item with the number of events that it missed and where it continues. For
///   every reader: delivered + missed = published.
/// - **Closing.** When the writer closes the log or is dropped, every stream ends once it has
///   delivered what was appended before. A closed log can be replayed for as long as it lives.
#[derive(Clone)]
pub struct EventLog {
    core: sync::Arc<LogCore<Arc<Event>>>,
}

impl EventLog {
    fn of(core: sync::Arc<LogCore<Arc<Event>>>) -> Self {
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
        let unbounded = LogBounds::default().max_events(u64::MAX).max_bytes(usize::MAX);
        let mut writer = EventLogWriter::new(unbounded);
        for draft in drafts {
            // Refused by closed logs only.
            let _ = writer.append_quietly(draft);
        }
        writer.close(CloseReason::Complete);
        writer.log().clone()
    }

    /// Wakes the readers that wait.
    pub(crate) fn wake(&self) {
        self.core.wakers.wake_all();
    }

    /// Why the log was closed; `None` while it is open.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.core.closed().cloned()
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

    /// A stream that starts at `cursor`. One that lies in the future waits there.
    pub fn events_from(&self, cursor: Cursor) -> EventStream {
        EventStream::new(self.reader(cursor))
    }

    /// The cursor behind the newest event: a stream opened there is live only.
    pub fn end(&self) -> Cursor {
        Cursor::at(self.core.published())
    }

    /// Everything that is retained now, at once, and a stream of all that follows.
    ///
    /// For user interfaces, which show the past at once and animate only what follows. The two
    /// parts meet without a gap and without an overlap.
    pub fn snapshot_and_follow(&self) -> (Snapshot, EventStream) {
        let (events, published) = self.core.contents();
        let missed = published - events.len() as u64;
        let end = Cursor::at(published);
        (Snapshot { events, missed, end }, self.events_from(end))
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
        }
    }

    fn reader(&self, cursor: Cursor) -> Reader<Arc<Event>> {
        Reader::new(sync::Arc::clone(&self.core), cursor.position())
    }
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog")
            .field("published", &self.core.published())
            .field("closed", &self.core.closed())
            .finish_non_exhaustive()
    }
}

/// The events that a log held at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Snapshot {
    /// The retained events, in order.
    pub events: Vec<Arc<Event>>,
    /// Events that were published before that moment and are not among `events`.
    pub missed: u64,
    /// The cursor after the snapshot, where the stream that came with it starts.
    pub end: Cursor,
}

impl Snapshot {
    /// The missed events as a stream would report them; `None` when nothing was missed.
    pub fn lagged(&self) -> Option<Lagged> {
        let resume_at = self.events.first().map_or(self.end.next(), |event| event.seq());
        (self.missed > 0).then_some(Lagged { missed: self.missed, resume_at })
    }
}
