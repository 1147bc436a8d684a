//! Whether a session is busy, as far as its events tell.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something is under way in the session, as far as its events tell. Written by the
/// connection's reader alone.
#[derive(Debug, Default)]
pub(super) struct Activity {
    busy: AtomicBool,
    /// The latest turn has ended or failed, and nothing was taken up since.
    turn_ended: AtomicBool,
    /// The runtime tells the ends of turns.
    reports_turn_ends: AtomicBool,
}

impl Activity {
    /// Takes note of an event of the session's own agent.
    pub(super) fn observe(&self, kind: &str) {
        match kind {
            "user.message" | "assistant.turn_start" => self.begin(),
            "assistant.turn_end" => self.end_turn(),
            "abort" | "session.error" => self.fail_turn(),
            "session.idle" => self.idle(),
            _ => {}
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    fn begin(&self) {
        self.busy.store(true, Ordering::Relaxed);
        self.turn_ended.store(false, Ordering::Relaxed);
    }

    fn end_turn(&self) {
        self.fail_turn();
        self.reports_turn_ends.store(true, Ordering::Relaxed);
    }

    fn fail_turn(&self) {
        self.turn_ended.store(true, Ordering::Relaxed);
    }

    /// An idle that comes behind the beginning of a turn is that of work before it, told late.
    fn idle(&self) {
        let late = !self.turn_ended.load(Ordering::Relaxed)
            && self.reports_turn_ends.load(Ordering::Relaxed);
        self.busy.fetch_and(late, Ordering::Relaxed);
    }
}
