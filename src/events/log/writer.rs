//! `EventLogWriter`: the only one that appends to a log and closes it.

use std::fmt;

use crate::events::identity::Identity;
use crate::events::log::appender::Appender;
use crate::events::log::sync;
use crate::events::{CloseReason, Event, EventDraft, EventLog, Lineage, LogBounds, Seq};
use crate::ids::SessionId;

/// The writer of an event log. There is one for each log; it can't be cloned.
///
/// [`log`](Self::log) gives the readers' side, which can be cloned and given away: a reader can
/// neither append nor close.
///
/// - **Ordering.** Events are numbered from 1 in the order of their appends.
/// - **Bounds.** See [`LogBounds`]: the oldest events are evicted. Appending never waits.
/// - **Closing.** After [`close`](Self::close) every append is refused. Dropping the writer closes
///   the log with [`CloseReason::Dropped`], so that every stream ends.
///
/// ```
/// use copilot_sessions::events::{CloseReason, EventDraft, EventLogWriter, LogBounds};
/// use futures::{StreamExt, executor::block_on};
///
/// let mut writer = EventLogWriter::new(LogBounds::default());
/// let log = writer.log().clone();
/// let appended = writer.append(EventDraft::parse(r#"{"id":"1","type":"session.idle"}"#));
/// assert_eq!(appended.unwrap().get(), 1);
/// assert!(writer.close(CloseReason::Disconnected));
/// assert_eq!(block_on(log.events().count()), 1);
/// ```
pub struct EventLogWriter {
    appender: Appender<Event>,
    log: EventLog,
}

impl EventLogWriter {
    /// The writer of a new, empty log. Allocates nothing for events until the first one arrives.
    pub fn new(bounds: LogBounds) -> Self {
        Self::with_lineage(bounds, Lineage::new())
    }

    /// The writer of an empty log with this identity: one that begins at another number than 1,
    /// or a stored one that is opened again.
    pub fn with_lineage(bounds: LogBounds, lineage: Lineage) -> Self {
        let appender = Appender::new(bounds, Identity::new(lineage));
        let log = EventLog::of(sync::Arc::clone(appender.core()));
        Self { appender, log }
    }

    /// Says which session's log this is; false if that was said before, which stays.
    ///
    /// [`Event::session_id`] then returns it for every event, earlier ones too.
    pub fn set_session_id(&self, session: SessionId) -> bool {
        self.appender.core().identity.set_session(session)
    }

    /// The log, to read from.
    pub fn log(&self) -> &EventLog {
        &self.log
    }

    /// Appends an event, numbers it, and wakes the readers.
    ///
    /// # Errors
    ///
    /// Gives the event back when the log is closed.
    pub fn append(&mut self, draft: EventDraft) -> Result<Seq, EventDraft> {
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
    pub fn append_quietly(&mut self, draft: EventDraft) -> Result<Seq, EventDraft> {
        let weight = draft.weight();
        let identity = std::sync::Arc::clone(&self.appender.core().identity);
        self.appender
            .append(weight, draft, |draft, position| {
                draft.into_event(Seq::at(position), identity)
            })
            .map(Seq::at)
    }

    /// Records a gap: `lost` events that never reached this log, or an unknown number of them. They
    /// count as published, an unknown number as one, and every reader gets a
    /// [`Lost`](crate::events::Lost) gap in their place.
    ///
    /// Does nothing when the log is closed, or for `Some(0)`. A log counts up to 2⁶³ lost events.
    pub fn record_gap(&mut self, lost: Option<u64>) {
        self.record_gap_quietly(lost);
        self.wake();
    }

    /// Records a gap without waking readers: for a caller that holds a lock.
    pub(crate) fn record_gap_quietly(&mut self, lost: Option<u64>) {
        self.appender.record_gap(lost);
    }

    /// Closes the log behind what was appended. The first reason counts; returns whether this
    /// call closed it.
    pub fn close(&mut self, reason: CloseReason) -> bool {
        let closed = self.close_quietly(reason);
        self.wake();
        closed
    }

    /// Closes the log without waking readers: for a caller that holds a lock.
    pub(crate) fn close_quietly(&mut self, reason: CloseReason) -> bool {
        self.appender.close(reason)
    }

    /// Wakes the readers that wait for events.
    pub fn wake(&self) {
        self.log.wake();
    }
}

impl Drop for EventLogWriter {
    fn drop(&mut self) {
        self.close(CloseReason::Dropped);
    }
}

impl Default for EventLogWriter {
    fn default() -> Self {
        Self::new(LogBounds::default())
    }
}

impl fmt::Debug for EventLogWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLogWriter").field("log", &self.log).finish_non_exhaustive()
    }
}
