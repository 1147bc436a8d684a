//! The core of a session: its log, and what decides on the way into it.

mod activity;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use self::activity::Activity;
use crate::events::{CloseReason, EventDraft, EventLog, LogBounds, SeenIds};
use crate::ids::SessionId;

/// What the handles of a session share with the connection's reader, which alone feeds it.
#[derive(Debug)]
pub(in crate::session) struct SessionCore {
    log: EventLog,
    seen: Mutex<SeenIds>,
    id: OnceLock<SessionId>,
    activity: Activity,
    /// The runtime has answered the start: from here on it is this session it speaks of,
    /// not one that had the id before.
    started: AtomicBool,
    /// How this program is about to end the session, once it is.
    ending: OnceLock<CloseReason>,
    duplicates: AtomicU64,
    malformed: AtomicU64,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Ingested {
    Appended,
    /// Appended, and it says that the runtime unloads the session.
    Unloading,
    Duplicate,
    Closed,
}

/// Counters of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionStats {
    /// Events that were published in the session's log.
    pub published: u64,
    /// Events that are kept in memory now.
    pub retained_events: u64,
    /// What those weigh, in bytes.
    pub retained_bytes: usize,
    /// Deliveries that were dropped because their event had been delivered before.
    pub duplicates: u64,
    /// Published events whose envelope is not as it should be.
    pub malformed: u64,
}

impl SessionCore {
    pub(in crate::session) fn new(
        id: Option<SessionId>,
        bounds: LogBounds,
        seen: usize,
    ) -> Self {
        let core = Self {
            log: EventLog::new(bounds),
            seen: Mutex::new(SeenIds::new(seen)),
            id: OnceLock::new(),
            activity: Activity::default(),
            started: AtomicBool::new(false),
            ending: OnceLock::new(),
            duplicates: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
        };
        if let Some(id) = id {
            core.assign(id);
        }
        core
    }

    pub(in crate::session) fn log(&self) -> &EventLog {
        &self.log
    }

    pub(in crate::session) fn id(&self) -> Option<&SessionId> {
        self.id.get()
    }

    /// Gives the session its id; the first one stays.
    pub(in crate::session) fn assign(&self, id: SessionId) {
        let _ = self.id.set(id);
    }

    /// Appends an event unless it was delivered before. Wakes nobody: the caller calls
    /// `log().wake()` when it has appended all it has.
    pub(in crate::session) fn ingest(&self, draft: EventDraft) -> Ingested {
        if draft.problem().is_some() {
            self.malformed.fetch_add(1, Ordering::Relaxed);
        }
        if !draft.id().is_empty() && !self.first_delivery(draft.id()) {
            self.duplicates.fetch_add(1, Ordering::Relaxed);
            return Ingested::Duplicate;
        }
        let mut outcome = Ingested::Appended;
        if !draft.is_from_sub_agent() {
            match draft.kind() {
                "session.shutdown" if self.started.load(Ordering::Relaxed) => {
                    outcome = Ingested::Unloading;
                }
                kind => self.activity.observe(kind),
            }
        }
        match self.log.append_quietly(draft) {
            Ok(_) => outcome,
            Err(_) => Ingested::Closed,
        }
    }

    /// Whether the session's events say that something is under way.
    pub(in crate::session) fn is_busy(&self) -> bool {
        self.activity.is_busy()
    }

    /// Says whether the runtime has started the session. Set on the reader, between two
    /// events, so that each falls on its own side.
    pub(in crate::session) fn set_started(&self, started: bool) {
        self.started.store(started, Ordering::Relaxed);
    }

    /// Says that this program is about to end the session, and how.
    pub(in crate::session) fn begin_ending(&self, reason: CloseReason) {
        let _ = self.ending.set(reason);
    }

    pub(in crate::session) fn is_ending(&self) -> bool {
        self.ending.get().is_some()
    }

    pub(in crate::session) fn stats(&self) -> SessionStats {
        let log = self.log.stats();
        SessionStats {
            published: log.published,
            retained_events: log.retained_events,
            retained_bytes: log.retained_bytes,
            duplicates: self.duplicates.load(Ordering::Relaxed),
            malformed: self.malformed.load(Ordering::Relaxed),
        }
    }

    fn first_delivery(&self, id: &str) -> bool {
        // Inserting can't panic between two changes that belong together.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the session is busy behind each of these events.
    fn busy(kinds: &[&str]) -> Vec<bool> {
        let core = SessionCore::new(None, LogBounds::default(), 16);
        let tell = |kind: &&str| {
            let event = format!(r#"{{"type":"{kind}","data":{{}}}}"#);
            assert_eq!(core.ingest(EventDraft::parse(&event)), Ingested::Appended);
            core.is_busy()
        };
        kinds.iter().map(tell).collect()
    }

    #[test]
    fn an_idle_that_is_told_late_does_not_make_idle() {
        let (message, start, end) =
            ("user.message", "assistant.turn_start", "assistant.turn_end");
        let (error, idle) = ("session.error", "session.idle");
        assert_eq!(busy(&[message, start, end, idle]), [true, true, true, false]);
        let late = busy(&[message, start, end, error, message, idle, start, end, idle]);
        assert_eq!(late, [true, true, true, true, true, true, true, true, false]);
        // What was aborted or has failed before its first turn is over as well.
        let failed = busy(&[message, start, end, idle, message, error, idle]);
        assert_eq!(failed[4..], [true, true, false]);
        // A runtime that does not tell the ends of turns is taken at its word.
        assert_eq!(busy(&[message, start, idle]), [true, true, false]);
    }
}
