//! The busy flag: whether a session's agent is at work, as of the last event.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;

use crate::events::EventDraft;
use crate::events::activity::signal::is_of_work_that_goes_on;

/// Tracks whether the session's own agent is at work.
///
/// Events are applied one at a time, so relaxed loads and stores are enough.
#[derive(Debug, Default)]
pub(crate) struct BusyTracker {
    busy: AtomicBool,
    /// A turn has begun since the latest message.
    turn_began: AtomicBool,
    /// The latest turn has ended or failed, and no message or turn has begun since.
    turn_ended: AtomicBool,
    /// Work had ended when the latest message came, and its idle had not come yet.
    idle_owed: AtomicBool,
    /// The runtime sends `assistant.turn_end`; older ones may not.
    reports_turn_ends: AtomicBool,
}

impl BusyTracker {
    /// Applies an event of the session's own agent; events of sub-agents do not count.
    pub(crate) fn observe(&self, draft: &EventDraft) {
        match draft.kind() {
            "user.message" => self.work_began(false),
            "assistant.turn_start" => self.work_began(true),
            "assistant.turn_end" => {
                self.end_turn();
                self.reports_turn_ends.store(true, Ordering::Relaxed);
            }
            "abort" => self.end_turn(),
            "session.error" if ends_work(draft) => self.end_turn(),
            "session.idle" => self.became_idle(),
            _ => {}
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    fn work_began(&self, with_turn: bool) {
        let was_busy = self.busy.swap(true, Ordering::Relaxed);
        let had_ended = self.turn_ended.swap(false, Ordering::Relaxed);
        self.turn_began.store(with_turn, Ordering::Relaxed);
        if !with_turn && was_busy && had_ended {
            self.idle_owed.store(true, Ordering::Relaxed);
        }
    }

    fn end_turn(&self) {
        self.turn_ended.store(true, Ordering::Relaxed);
    }

    /// A late report about earlier work leaves the session busy. It comes during a turn, or behind the
    /// next message. Without either, the runtime has refused that message, or answered it without a turn.
    fn became_idle(&self) {
        let late = !self.turn_ended.load(Ordering::Relaxed)
            && if self.turn_began.load(Ordering::Relaxed) {
                self.reports_turn_ends.load(Ordering::Relaxed)
            } else {
                self.idle_owed.load(Ordering::Relaxed)
            };
        self.idle_owed.store(false, Ordering::Relaxed);
        if !late {
            self.busy.store(false, Ordering::Relaxed);
        }
    }
}

/// Whether this `session.error` ends the work. One that can't be read does.
fn ends_work(draft: &EventDraft) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data<'a> {
        #[serde(borrow)]
        error_type: Cow<'a, str>,
    }

    let data: Result<Data<'_>, _> = serde_json::from_str(draft.raw_data());
    !data.is_ok_and(|data| is_of_work_that_goes_on(&data.error_type))
}
