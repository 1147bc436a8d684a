//! Events of sessions that are not registered yet.

use std::collections::{HashMap, VecDeque};

use crate::events::EventDraft;

/// A bounded buffer of events by session. What does not fit is counted, and the session
/// that claims the rest is told.
///
/// Used while a start is under way whose id the runtime chooses: its events may come
/// before the answer that names it.
#[derive(Debug, Default)]
pub(in crate::session) struct Orphans {
    sessions: HashMap<Box<str>, Orphan>,
    events: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Orphan {
    kept: VecDeque<EventDraft>,
    /// Older ones than those kept.
    lost: u64,
}

/// Over all sessions together.
const MAX_EVENTS: usize = 16_384;
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Sessions beyond these are not kept at all. Each is a session that this client started
/// with a runtime-chosen id, or a foreign one.
const MAX_SESSIONS: usize = 1024;

impl Orphans {
    /// Keeps an event; false if there are too many sessions already.
    pub(in crate::session) fn push(&mut self, session: &str, event: EventDraft) -> bool {
        if !self.sessions.contains_key(session) {
            if self.sessions.len() == MAX_SESSIONS {
                return false;
            }
            self.sessions.insert(session.into(), Orphan::default());
        }
        let Some(orphan) = self.sessions.get_mut(session) else { return false };
        self.events += 1;
        self.bytes += event.weight();
        orphan.kept.push_back(event);
        // The session that overflows pays with its own oldest events.
        while self.events > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some(oldest) = orphan.kept.pop_front() else { break };
            self.events -= 1;
            self.bytes -= oldest.weight();
            orphan.lost += 1;
        }
        true
    }

    /// How many events came that nobody has claimed, kept or lost.
    pub(in crate::session) fn unclaimed(&self) -> u64 {
        let unclaimed = |orphan: &Orphan| orphan.kept.len() as u64 + orphan.lost;
        self.sessions.values().map(unclaimed).sum()
    }

    /// The session's events in order, and how many older ones were lost.
    pub(in crate::session) fn take(&mut self, session: &str) -> (VecDeque<EventDraft>, u64) {
        let Orphan { kept, lost } = self.sessions.remove(session).unwrap_or_default();
        self.events -= kept.len();
        self.bytes -= kept.iter().map(EventDraft::weight).sum::<usize>();
        (kept, lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(number: usize) -> EventDraft {
        EventDraft::parse(&format!(r#"{{"id":"{number}","type":"k"}}"#))
    }

    #[test]
    fn events_come_back_in_order_and_once() {
        let mut orphans = Orphans::default();
        for number in 0..10 {
            assert!(orphans.push(if number % 2 == 0 { "even" } else { "odd" }, draft(number)));
        }
        let (even, lost) = orphans.take("even");
        assert_eq!(lost, 0);
        let ids: Vec<_> = even.iter().map(EventDraft::id).collect();
        assert_eq!(ids, ["0", "2", "4", "6", "8"]);
        assert!(orphans.take("even").0.is_empty());
        assert_eq!(orphans.take("odd").0.len(), 5);
        assert_eq!((orphans.events, orphans.bytes), (0, 0));
    }

    #[test]
    fn an_overflow_is_counted_and_keeps_the_tail() {
        let mut orphans = Orphans::default();
        for number in 0..MAX_EVENTS + 5 {
            assert!(orphans.push("s", draft(number)));
        }
        assert_eq!(orphans.unclaimed(), MAX_EVENTS as u64 + 5);
        let (kept, lost) = orphans.take("s");
        assert_eq!((kept.len(), lost), (MAX_EVENTS, 5));
        assert_eq!(kept.front().map(EventDraft::id), Some("5"));
    }

    #[test]
    fn too_many_sessions_are_refused_and_those_there_go_on() {
        let mut orphans = Orphans::default();
        for number in 0..MAX_SESSIONS {
            assert!(orphans.push(&number.to_string(), draft(number)));
        }
        assert!(!orphans.push("one more", draft(0)));
        assert!(orphans.push("0", draft(1)));
        assert_eq!(orphans.unclaimed(), MAX_SESSIONS as u64 + 1);
    }
}
