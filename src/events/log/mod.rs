//! The event log: append-only, bounded, replayable.

mod bounds;
mod core;
mod reader;
mod segment;
mod stream;
mod sync;
mod wakers;

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
use crate::events::{CloseReason, Cursor, Event, EventDraft, Lagged, Seq};

pub use self::bounds::LogBounds;
pub use self::stream::{Batch, EventStream};

/// Counters of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogStats {
    /// Positions that were published: events that were appended, and events that were lost before
    /// they reached the log (see [`EventLog::record_gap`]).
    pub published: u64,
    /// Events that are retained now.
    pub retained_events: u64,
    /// The weight of the retained events, in bytes.
    pub retained_bytes: usize,
}

/// An append-only, bounded, replayable log of events, shared by cheap clones.
///
/// - **Ordering.** Events are numbered densely from 1 in the order of their appends, and
///   every reader sees them in that order.
/// - **Readers are cursors.** [`events`](Self::events) takes no lock and replays what is
///   retained before it continues live. There is no hand-over between the two, because both are
///   the same structure. Readers do not slow the appender or one another.
/// - **Bounds.** See [`LogBounds`]. A reader that falls behind the oldest retained event gets
///   one [`Lagged`] item with the number of events that it missed and where it continues. For
///   every reader: delivered + missed = published.
/// - **Closing.** [`close`](Self::close) ends every stream once it has delivered what was
///   appended before, and refuses later appends. A closed log can be replayed for as long
///   as it lives.
#[derive(Clone)]
pub struct EventLog {
    core: sync::Arc<LogCore<Arc<Event>>>,
}

impl EventLog {
    /// An empty log. Allocates nothing for events until the first one arrives.
    pub fn new(bounds: LogBounds) -> Self {
        Self { core: sync::Arc::new(LogCore::new(bounds)) }
    }

    /// Appends an event, numbers it, and wakes the readers.
    ///
    /// # Errors
    ///
    /// Gives the event back when the log is closed.
    pub fn append(&self, draft: EventDraft) -> Result<Seq, EventDraft> {
        let appended = self.append_quietly(draft);
        self.wake();
        appended
    }

    /// Appends an event without waking readers that wait; call [`wake`](Self::wake) when a
    /// batch is complete. Readers that are running see the event at once.
    ///
    /// # Errors
    ///
    /// Gives the event back when the log is closed.
    pub fn append_quietly(&self, draft: EventDraft) -> Result<Seq, EventDraft> {
        let weight = draft.weight();
        self.core
            .append(weight, draft, |draft, position| draft.into_event(Seq::at(position)))
            .map(Seq::at)
    }

    /// Wakes the readers that wait for events.
    pub fn wake(&self) {
        self.core.wakers.wake_all();
    }

    /// Records a gap: `lost` events that never reached this log. They count as published, and
    /// every reader gets a [`Lagged`] item in their place. Does nothing when the log is closed.
    pub fn record_gap(&self, lost: u64) {
        self.core.record_gap(lost);
        self.wake();
    }

    /// Closes the log. The first reason counts; returns whether this call closed it.
    pub fn close(&self, reason: CloseReason) -> bool {
        self.core.close(reason)
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
        let retained = self.core.retained();
        LogStats {
            published: self.core.published(),
            retained_events: retained.items,
            retained_bytes: retained.weight,
        }
    }

    fn reader(&self, cursor: Cursor) -> Reader<Arc<Event>> {
        Reader::new(sync::Arc::clone(&self.core), cursor.position())
    }
}

impl Default for EventLog {
    fn default() -> Self {
        Self::new(LogBounds::default())
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
