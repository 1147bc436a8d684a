//! The core of a session: the state that its handles share with the connection's reader.
//!
//! It uses `events` and, of `session`, `inbox` alone. [`SessionCore::ingest`] is where an event
//! enters a session: a repeated one is dropped, any other is appended to the log. `capabilities` is
//! what the session can do; `endings` counts who is about to end it; `event_handlers` says how far the
//! event handlers are; `start_info` is what the runtime answered to its start.
//! `start` is what happens to a session while it is being started. The core has the log's only writer;
//! `view` is what users read.

mod capabilities;
mod endings;
mod event_handlers;
mod start;
mod start_info;
#[cfg(test)]
mod tests;
mod view;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::endings::Endings;
use crate::error::{Error, Result};
use crate::events::kinds::CapabilitiesChanged;
use crate::events::{
    BusyTracker, CloseReason, EventDraft, EventLog, EventLogWriter, LogBounds, SeenIds, Wakers,
};
use crate::ids::SessionId;
use crate::session::inbox::Handlers;

pub use self::capabilities::{Capabilities, UiCapabilities};
pub(in crate::session) use self::event_handlers::{
    EventHandler, EventHandlers, HandlerRun, InsideEnding,
};
pub use self::start_info::StartInfo;
pub use self::view::SessionView;

/// A session's log and the state beside it. The connection's reader appends events, and a
/// registration those that came before it, under the registry's lock.
#[derive(Debug)]
pub(in crate::session) struct SessionCore {
    log: EventLog,
    /// No foreign code runs under this lock: readers are woken after it.
    intake: Mutex<Intake>,
    /// The start has succeeded: the runtime can be asked for things.
    active: AtomicBool,
    endings: Endings,
    /// Tells those who wait that the session has ended, or its start.
    ended: Wakers,
    duplicates: AtomicU64,
    malformed: AtomicU64,
}

/// What an event passes on its way into the log.
#[derive(Debug)]
struct Intake {
    /// Made with the first event that has an id.
    delivered_ids: Option<Box<SeenIds>>,
    dedup_capacity: u32,
    writer: EventLogWriter,
    /// The session's own handlers of requests and notifications. Made with the first of them.
    handlers: Option<Arc<Handlers>>,
    /// Made with the first event handler, or with the ending.
    event_handlers: Option<Arc<EventHandlers>>,
    capabilities: Capabilities,
    /// The runtime has answered the start. Until then a `session.shutdown` may be about an
    /// earlier session with the same id.
    started: bool,
    /// When the runtime began this activation of the session, as it wrote it; empty if it did not say.
    began: Box<str>,
    /// Why the runtime has ended the session while it was being started.
    interruption: Option<Box<CloseReason>>,
    /// How many starts there have been.
    starts: u64,
    busy: BusyTracker,
}

impl Intake {
    /// Whether the event is older than this activation: of an earlier one under the same id.
    fn is_from_before(&self, draft: &EventDraft) -> bool {
        let time = draft.timestamp();
        // Runtimes write all times in one form, of one length, in UTC.
        time.len() == self.began.len() && *time < *self.began
    }

    /// Whether no event with this id was delivered before. Remembers the id.
    fn is_new(&mut self, id: &str) -> bool {
        let capacity = usize::try_from(self.dedup_capacity).unwrap_or(usize::MAX);
        let new = || Box::new(SeenIds::new(capacity));
        capacity == 0 || self.delivered_ids.get_or_insert_with(new).insert(id)
    }

    fn change_capabilities(&mut self, draft: &EventDraft) -> serde_json::Result<()> {
        let changed: CapabilitiesChanged = serde_json::from_str(draft.raw_data())?;
        self.capabilities.change(&changed);
        Ok(())
    }
}

/// What [`SessionCore::ingest`] did with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Ingested {
    Appended,
    /// Appended; it is the `session.shutdown` by which the runtime announces that it unloads
    /// the session.
    AppendedShutdown,
    /// Appended; what it changes can't be read, so that nothing was changed.
    AppendedUnreadable,
    /// Dropped: it was delivered before.
    DroppedDuplicate,
    /// Dropped: the log is closed.
    DroppedLogClosed,
}

/// Counters of a session, from [`SessionView::stats`]: a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionStats {
    /// Positions in the session's log: events that were appended, plus events that were lost
    /// before they reached the log and show as a gap.
    pub published: u64,
    /// Events that the log holds in memory now.
    pub retained_events: u64,
    /// The weight of the retained events in bytes, as [`LogBounds`] counts it.
    pub retained_bytes: usize,
    /// Events that were dropped because an event with the same id had been delivered before.
    pub duplicates: u64,
    /// Deliveries with a malformed envelope ([`Event::problem`](crate::Event::problem)). Such
    /// an event is appended like any other.
    pub malformed: u64,
    /// Events of which something could not be read, when somebody read it; see
    /// [`LogStats::unreadable`](crate::events::LogStats::unreadable).
    pub unreadable: u64,
}

impl SessionCore {
    pub(in crate::session) fn new(
        id: Option<SessionId>,
        bounds: LogBounds,
        dedup_capacity: usize,
    ) -> Self {
        let writer = EventLogWriter::new(bounds);
        let core = Self {
            log: writer.log().clone(),
            intake: Mutex::new(Intake {
                delivered_ids: None,
                dedup_capacity: u32::try_from(dedup_capacity).unwrap_or(u32::MAX),
                handlers: None,
                event_handlers: None,
                writer,
                capabilities: Capabilities::default(),
                started: false,
                began: Box::default(),
                interruption: None,
                starts: 0,
                busy: BusyTracker::default(),
            }),
            active: AtomicBool::new(false),
            endings: Endings::default(),
            ended: Wakers::default(),
            duplicates: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
        };
        if let Some(id) = id {
            core.assign_id(id);
        }
        core
    }

    pub(in crate::session) fn log(&self) -> &EventLog {
        &self.log
    }

    pub(in crate::session) fn id(&self) -> Option<&SessionId> {
        self.log.session_id()
    }

    /// Sets the session's id, unless it has one.
    pub(in crate::session) fn assign_id(&self, id: SessionId) {
        self.intake().writer.set_session_id(id);
    }

    /// Appends an event unless it was delivered before. Does not wake the log's readers: the
    /// caller calls [`wake`](Self::wake) after the last event of a batch.
    pub(in crate::session) fn ingest(&self, draft: EventDraft) -> Ingested {
        if draft.problem().is_some() {
            self.malformed.fetch_add(1, Ordering::Relaxed);
        }
        let mut intake = self.intake();
        if !draft.id().is_empty() && !intake.is_new(draft.id()) {
            self.duplicates.fetch_add(1, Ordering::Relaxed);
            return Ingested::DroppedDuplicate;
        }
        let mut outcome = Ingested::Appended;
        if !draft.is_from_sub_agent() {
            match draft.kind() {
                "session.shutdown" if intake.started => {
                    if !intake.is_from_before(&draft) {
                        outcome = Ingested::AppendedShutdown;
                    }
                }
                "session.start" | "session.resume" => intake.began = draft.timestamp().into(),
                "capabilities.changed" => {
                    if intake.change_capabilities(&draft).is_err() {
                        outcome = Ingested::AppendedUnreadable;
                    }
                }
                _ => intake.busy.observe(&draft),
            }
        }
        match intake.writer.append_quietly(draft) {
            Ok(_) => outcome,
            Err(_) => Ingested::DroppedLogClosed,
        }
    }

    /// Records events that never reached the log. Does not wake the log's readers.
    pub(in crate::session) fn record_gap(&self, lost: Option<u64>) {
        self.intake().writer.record_gap_quietly(lost);
    }

    /// Wakes the log's readers.
    pub(in crate::session) fn wake(&self) {
        self.log.wake();
    }

    /// Closes the log, and removes the session's handlers of requests and notifications. The first
    /// reason counts; returns whether this call closed it.
    pub(in crate::session) fn close(&self, reason: CloseReason) -> bool {
        self.close_locked(self.intake(), reason)
    }

    fn close_locked(&self, mut intake: MutexGuard<'_, Intake>, reason: CloseReason) -> bool {
        let closed = intake.writer.close_quietly(reason);
        // Nothing is appended any more, so that there is nothing to tell apart.
        intake.dedup_capacity = 0;
        let forgotten = intake.delivered_ids.take();
        let handlers = intake.handlers.clone();
        drop(intake);
        drop(forgotten);
        // There are no more: they are made under the lock that closed the log.
        if let Some(handlers) = handlers {
            handlers.close();
        }
        self.wake();
        self.ended.wake_all();
        closed
    }

    /// The session's handlers of requests and notifications, if it has ever had one.
    pub(in crate::session) fn handlers(&self) -> Option<Arc<Handlers>> {
        self.intake().handlers.clone()
    }

    /// The session's handlers, to add one.
    pub(in crate::session) fn handlers_to_extend(&self) -> Result<Arc<Handlers>> {
        // Under the lock, so that a close sees them.
        let mut intake = self.intake();
        match self.log.close_reason() {
            Some(reason) => Err(Error::closed(reason)),
            None => Ok(Arc::clone(intake.handlers.get_or_insert_default())),
        }
    }

    /// The session's event handlers that run.
    pub(in crate::session) fn event_handlers(&self) -> Arc<EventHandlers> {
        Arc::clone(self.intake().event_handlers.get_or_insert_default())
    }

    /// Whether the agent is at work, according to the session's events.
    pub(in crate::session) fn is_busy(&self) -> bool {
        self.intake().busy.is_busy()
    }

    /// Records whether the runtime has started the session. The reader sets it between two
    /// events, so that every event counts as before or after the start.
    pub(in crate::session) fn set_started(&self, started: bool) {
        self.intake().started = started;
    }

    pub(in crate::session) fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Whether this program is about to end the session, or the runtime unloads it.
    pub(in crate::session) fn is_ending(&self) -> bool {
        self.endings.are_under_way()
    }

    /// Whether the runtime unloads the session.
    pub(in crate::session) fn is_unloading(&self) -> bool {
        self.endings.is_unloading()
    }

    /// This program begins to end the session.
    pub(in crate::session) fn begin_ending(&self) {
        self.endings.begin();
    }

    /// It has done so, or given up. Whether it was the last attempt under way, and the runtime has
    /// unloaded the session meanwhile.
    pub(in crate::session) fn finish_ending(&self) -> bool {
        self.endings.end()
    }

    /// Records that the runtime unloads the session; whether the caller is to close its log.
    pub(in crate::session) fn begin_unload(&self) -> bool {
        self.endings.begin_unload()
    }

    /// Waits until the log is closed. Unlike a reader of the log, it is not woken by events.
    pub(in crate::session) async fn ended(&self) -> CloseReason {
        self.ended.until(|| self.log.close_reason()).await
    }

    pub(in crate::session) fn capabilities(&self) -> Capabilities {
        self.intake().capabilities.clone()
    }

    pub(in crate::session) fn set_capabilities(&self, capabilities: Capabilities) {
        self.intake().capabilities = capabilities;
    }

    pub(in crate::session) fn stats(&self) -> SessionStats {
        let log = self.log.stats();
        SessionStats {
            published: log.published,
            retained_events: log.retained_events,
            retained_bytes: log.retained_bytes,
            duplicates: self.duplicates.load(Ordering::Relaxed),
            malformed: self.malformed.load(Ordering::Relaxed),
            unreadable: log.unreadable,
        }
    }

    fn intake(&self) -> MutexGuard<'_, Intake> {
        // Nothing under this lock can panic halfway through a change, so what a poisoned one
        // guards is valid.
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
