//! The busy flag: whether a session's agent is at work, as of the last event.

use std::borrow::Cow;

use serde::Deserialize;

use crate::events::EventDraft;
use crate::events::activity::signal::is_of_work_that_goes_on;

/// Tracks whether the session's own agent is at work.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct BusyTracker {
    is_busy: bool,
    /// A turn has begun, and not ended or failed.
    in_turn: bool,
    /// The latest turn has ended or failed, and no message or turn has begun since.
    turn_ended: bool,
    /// Work had ended when the latest message came, and its idle had not come yet.
    idle_owed: bool,
    /// The runtime sends `assistant.turn_end`; older ones may not.
    reports_turn_ends: bool,
}

impl BusyTracker {
    /// Applies an event of the session's own agent; events of sub-agents do not count.
    pub(crate) fn observe(&mut self, draft: &EventDraft) {
        match draft.kind() {
            "user.message" => self.message(draft),
            "assistant.turn_start" => {
                (self.is_busy, self.in_turn, self.turn_ended) = (true, true, false);
            }
            "assistant.turn_end" => {
                self.end_turn();
                self.reports_turn_ends = true;
            }
            "abort" => self.end_turn(),
            "session.error" if ends_work(draft) => self.end_turn(),
            "session.idle" => self.became_idle(),
            _ => {}
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.is_busy
    }

    fn message(&mut self, draft: &EventDraft) {
        // Between work and a message that waited for its end, there is no idle.
        self.idle_owed |= self.is_busy && self.turn_ended && begins_when_idle(draft);
        (self.is_busy, self.turn_ended) = (true, false);
    }

    fn end_turn(&mut self) {
        (self.in_turn, self.turn_ended) = (false, true);
    }

    /// A late report about earlier work leaves the session busy. It comes during a turn, or behind the
    /// next message. Without either, the runtime has refused that message, or answered it without a turn.
    fn became_idle(&mut self) {
        let is_late = !self.turn_ended
            && if self.in_turn { self.reports_turn_ends } else { self.idle_owed };
        self.idle_owed = false;
        if !is_late {
            (self.is_busy, self.in_turn) = (false, false);
        }
    }
}

/// Whether the message began to be worked on as soon as it was sent: it neither waited in the queue nor
/// steers, and no user's it is if it has a source.
fn begins_when_idle(draft: &EventDraft) -> bool {
    #[derive(Deserialize)]
    struct Data<'a> {
        #[serde(borrow)]
        delivery: Option<Cow<'a, str>>,
        #[serde(borrow)]
        source: Option<Cow<'a, str>>,
    }

    let data: Result<Data<'_>, _> = serde_json::from_str(draft.raw_data());
    data.map_or(true, |data| {
        !matches!(data.delivery.as_deref(), Some("queued" | "steering"))
            && data.source.is_none_or(|source| source.is_empty())
    })
}

/// Whether this `session.error` ends the work: neither one that was only logged, nor one behind which the
/// runtime may go on with another model. One that can't be read does.
fn ends_work(draft: &EventDraft) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data<'a> {
        #[serde(borrow)]
        error_type: Cow<'a, str>,
        eligible_for_auto_switch: Option<bool>,
    }

    let data: Result<Data<'_>, _> = serde_json::from_str(draft.raw_data());
    !data.is_ok_and(|data| {
        is_of_work_that_goes_on(&data.error_type) || data.eligible_for_auto_switch == Some(true)
    })
}
