//! Orphan events: a bounded buffer for events of sessions that are not registered yet.

use std::collections::{HashMap, VecDeque};

use crate::events::EventDraft;

/// A bounded buffer of events by session id.
///
/// Used while a start is under way whose id the runtime chooses: its events may arrive before
/// the answer that names it. Events beyond its bounds are counted; in the log of the
/// session that takes the others they become a gap.
#[derive(Debug, Default)]
pub(in crate::session) struct Orphans {
    sessions: HashMap<Box<str>, Buffered>,
    events: usize,
    /// What the events weigh, and the sessions' ids.
    bytes: usize,
    /// Events were refused, because they belong to too many sessions.
    has_refused: bool,
}

/// What is kept of one session.
#[derive(Debug, Default)]
pub(in crate::session) struct Buffered {
    /// `None` for one that is missing in its place.
    pub(in crate::session) events: VecDeque<Option<EventDraft>>,
    /// How many events were dropped, all older than `events`.
    pub(in crate::session) lost: u64,
    /// Events may have been refused before all of these: nobody knows how many.
    pub(in crate::session) may_lack_more: bool,
}

/// The bounds of the buffer, over all sessions together.
const MAX_EVENTS: usize = 16_384;
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Events of further sessions are not buffered, and neither are those of a session whose id alone is
/// over the bounds. A buffered session is one that this client started with an id from the runtime, or
/// one of another client.
const MAX_SESSIONS: usize = 1024;

impl Orphans {
    /// Buffers an event, or that one is missing; false if there are too many sessions already.
    pub(in crate::session) fn push(
        &mut self,
        session: &str,
        event: Option<EventDraft>,
    ) -> bool {
        if !self.sessions.contains_key(session) {
            if self.sessions.len() == MAX_SESSIONS || self.bytes + session.len() > MAX_BYTES {
                self.has_refused = true;
                return false;
            }
            let may_lack_more = self.has_refused;
            let buffered = Buffered { may_lack_more, ..Buffered::default() };
            self.sessions.insert(session.into(), buffered);
            self.bytes += session.len();
        }
        let Some(buffered) = self.sessions.get_mut(session) else { return false };
        self.events += 1;
        self.bytes += weight(event.as_ref());
        buffered.events.push_back(event);
        // The session that overflows the buffer loses its own oldest events.
        while self.events > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some(oldest) = buffered.events.pop_front() else { break };
            self.events -= 1;
            self.bytes -= weight(oldest.as_ref());
            buffered.lost += 1;
        }
        true
    }

    /// How many events have arrived for sessions that did not take them, lost ones included.
    pub(in crate::session) fn unclaimed(&self) -> u64 {
        self.sessions.values().map(Buffered::arrived).sum()
    }

    /// Takes out what is kept of the session.
    pub(in crate::session) fn take(&mut self, session: &str) -> Buffered {
        let Some(buffered) = self.sessions.remove(session) else {
            return Buffered { may_lack_more: self.has_refused, ..Buffered::default() };
        };
        self.events -= buffered.events.len();
        let weights = buffered.events.iter().map(|event| weight(event.as_ref()));
        self.bytes -= weights.sum::<usize>() + session.len();
        buffered
    }
}

fn weight(event: Option<&EventDraft>) -> usize {
    event.map_or(0, EventDraft::weight)
}

impl Buffered {
    /// How many events have arrived, without those that were refused.
    pub(in crate::session) fn arrived(&self) -> u64 {
        self.events.len() as u64 + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(number: usize) -> EventDraft {
        EventDraft::parse(&format!(r#"{{"id":"{number}","type":"k"}}"#))
    }

    /// The ids of the events, and `missing` for those that are.
    fn ids(events: &VecDeque<Option<EventDraft>>) -> Vec<&str> {
        let id = |event: Option<_>| event.map_or("missing", EventDraft::id);
        events.iter().map(|event| id(event.as_ref())).collect()
    }

    #[test]
    fn buffered_events_are_taken_in_order_and_once() {
        let mut orphans = Orphans::default();
        for number in 0..10 {
            assert!(
                orphans.push(if number % 2 == 0 { "even" } else { "odd" }, Some(draft(number)))
            );
        }
        assert!(orphans.push("even", None));
        let even = orphans.take("even");
        assert_eq!((even.lost, even.may_lack_more, even.arrived()), (0, false, 6));
        assert_eq!(ids(&even.events), ["0", "2", "4", "6", "8", "missing"]);
        assert!(orphans.take("even").events.is_empty());
        assert_eq!(orphans.take("odd").events.len(), 5);
        assert_eq!((orphans.events, orphans.bytes), (0, 0));
    }

    #[test]
    fn an_overflow_is_counted_and_the_newest_events_stay() {
        let mut orphans = Orphans::default();
        for number in 0..MAX_EVENTS + 5 {
            assert!(orphans.push("s", Some(draft(number))));
        }
        assert_eq!(orphans.unclaimed(), MAX_EVENTS as u64 + 5);
        let Buffered { events, lost, .. } = orphans.take("s");
        assert_eq!((events.len(), lost), (MAX_EVENTS, 5));
        assert_eq!(ids(&events)[0], "5");
    }

    #[test]
    fn bytes_up_to_the_bound_are_kept_and_one_more_loses_the_oldest() {
        /// So that four events and the id of their session, of four bytes, fill the buffer.
        const QUARTER: usize = MAX_BYTES / 4 - 1;
        let of_weight = |weight: usize| {
            let spare = weight - EventDraft::parse(r#"{"id":""}"#).weight();
            let event = EventDraft::parse(&format!(r#"{{"id":"{}"}}"#, "x".repeat(spare)));
            assert_eq!(event.weight(), weight);
            event
        };
        let mut orphans = Orphans::default();
        for _ in 0..4 {
            assert!(orphans.push("four", Some(of_weight(QUARTER))));
        }
        assert_eq!((orphans.events, orphans.bytes), (4, MAX_BYTES));
        for _ in 0..2 {
            assert!(orphans.push("four", Some(of_weight(QUARTER))));
            assert_eq!((orphans.events, orphans.bytes), (4, MAX_BYTES));
        }
        let Buffered { events, lost, .. } = orphans.take("four");
        assert_eq!((events.len(), lost), (4, 2));
        assert_eq!((orphans.events, orphans.bytes), (0, 0));
    }

    #[test]
    fn further_sessions_are_refused_and_buffered_ones_continue() {
        let mut orphans = Orphans::default();
        for number in 0..MAX_SESSIONS {
            assert!(orphans.push(&number.to_string(), Some(draft(number))));
        }
        assert!(!orphans.push("one more", Some(draft(0))));
        assert!(orphans.push("0", Some(draft(1))));
        assert_eq!(orphans.unclaimed(), MAX_SESSIONS as u64 + 1);
        // Whether it lost events is not known any more.
        assert!(orphans.take("one more").may_lack_more);
        assert!(!orphans.take("1").may_lack_more);
        // Now there is room for it, but not for what came before.
        assert!(orphans.push("one more", Some(draft(1))));
        let one_more = orphans.take("one more");
        assert_eq!((one_more.arrived(), one_more.may_lack_more), (1, true));
    }

    #[test]
    fn an_id_that_fills_the_buffer_is_refused() {
        let mut orphans = Orphans::default();
        assert!(!orphans.push(&"x".repeat(MAX_BYTES + 1), Some(draft(0))));
        assert!(orphans.push(&"x".repeat(MAX_BYTES), None));
        assert_eq!(orphans.take(&"x".repeat(MAX_BYTES)).arrived(), 1);
        assert!(orphans.push(&"x".repeat(MAX_BYTES / 2 + 1), Some(draft(0))));
        assert!(!orphans.push(&"y".repeat(MAX_BYTES / 2 + 1), Some(draft(0))));
        assert!(orphans.bytes <= MAX_BYTES);
    }
}
