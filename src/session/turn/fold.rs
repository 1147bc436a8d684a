//! What the events of a session mean for one message.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::events::Event;
use crate::ids::MessageId;
use crate::session::turn::answer::Answer;
use crate::session::turn::signals::{Assistant, Failure, Idle, Signal, User};
use crate::session::turn::timing::PAUSE;

/// What the events say so far of one message.
#[derive(Debug)]
pub(super) struct Turn {
    id: MessageId,
    stage: Stage,
    /// The agent's latest turn has ended, and nothing was taken up since: the next idle is about
    /// that turn.
    turn_ended: bool,
    abort: Abort,
    /// The latest answer, with its text.
    message: Option<(Arc<Event>, Box<str>)>,
    /// The latest idle since the message was taken up: its end, or that of what was at work
    /// before, told late.
    idle: Option<End>,
}

/// How far the message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It was sent. If the agent was idle then, and only then, what comes next without naming a
    /// message is about this one.
    Sent { was_idle: bool },
    /// The session speaks of it. One that steers was taken up by a run under way, which goes on
    /// in the name of the message that it began with.
    TakenUp { steers: bool },
    /// Another message was taken up behind it, so its own run is over.
    Superseded,
}

/// What the events say of an abort since the message was sent, or was taken up; in either order.
#[derive(Debug, Default)]
struct Abort {
    told: bool,
    /// The work that was aborted has ended.
    idle: bool,
}

/// An idle that may end the turn.
#[derive(Debug)]
struct End {
    idle: Arc<Event>,
    aborted: bool,
    /// In autopilot the agent may go on by itself behind it.
    autopilot: bool,
}

/// What one event means for the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Continue,
    Ended,
}

impl Turn {
    pub(super) fn new(id: MessageId, was_idle: bool) -> Self {
        Self {
            id,
            stage: Stage::Sent { was_idle },
            turn_ended: false,
            abort: Abort::default(),
            message: None,
            idle: None,
        }
    }

    pub(super) fn id(&self) -> &MessageId {
        &self.id
    }

    /// Whether only the runtime can tell if the turn is over.
    ///
    /// An abort drops what it finds in the queue, and no event says what that was. And work
    /// that has failed is idle a moment after its error, which may be after the next message
    /// was taken up: an idle that no turn's end came before ends either. In autopilot the agent
    /// may or may not go on.
    pub(super) fn is_in_doubt(&self) -> bool {
        match self.stage {
            Stage::Sent { .. } => self.abort.told && self.abort.idle,
            Stage::TakenUp { .. } | Stage::Superseded => self.idle.is_some(),
        }
    }

    /// How long to wait for events that settle the doubt, before the runtime is asked.
    pub(super) fn patience(&self) -> Duration {
        let may_go_on = self.idle.as_ref().is_some_and(|end| end.autopilot);
        if may_go_on { PAUSE } else { Duration::ZERO }
    }

    /// What became of the message, once no more is to come.
    pub(super) fn end(self) -> Result<Answer> {
        match self.idle {
            Some(End { idle, aborted: false, .. }) => {
                let (message, text) = self.message.unzip();
                let text = text.unwrap_or_default();
                Ok(Answer { message_id: self.id, message, idle, text })
            }
            Some(End { aborted: true, .. }) | None => Err(Error::new(
                ErrorKind::Aborted,
                "what was sent was aborted before it was answered",
            )),
        }
    }

    /// The next event. An error is the turn's own.
    pub(super) fn apply(&mut self, event: &Arc<Event>) -> Result<Step> {
        // Sub-agents take their own turns.
        if event.agent_id().is_some() {
            return Ok(Step::Continue);
        }
        let signal = Signal::of(event);
        if let Some(Signal::Assistant(_) | Signal::TurnStart(_) | Signal::TurnEnd) = signal {
            // The work goes on, so an idle that came was that of work before.
            self.idle = None;
        }
        Ok(match signal {
            Some(Signal::User(message)) => self.user_message(&message),
            Some(Signal::Assistant(message)) => self.assistant_message(event, message),
            Some(Signal::TurnStart(turn)) => {
                // Work of the runtime's own, such as on the report of a background agent.
                if turn.turn_id == "0" && self.turn_ended && self.has_text() {
                    self.stage = Stage::Superseded;
                }
                self.turn_ended = false;
                Step::Continue
            }
            Some(Signal::TurnEnd) => {
                self.turn_ended = true;
                Step::Continue
            }
            Some(Signal::Error(error)) => return self.error(error),
            Some(Signal::Abort) => {
                // Behind the next message it is about that one.
                self.abort.told |= self.stage != Stage::Superseded;
                Step::Continue
            }
            Some(Signal::Idle(idle)) => self.idle(event, &idle),
            None => Step::Continue,
        })
    }

    fn user_message(&mut self, message: &User) -> Step {
        self.turn_ended = false;
        let steers = message.delivery.as_deref() == Some("steering");
        let ours = match message.message_id.as_deref() {
            Some(id) => id == self.id.as_str(),
            // Older runtimes do not say which message it is: go by the order.
            None => message.source.is_none() && matches!(self.stage, Stage::Sent { .. }),
        };
        let goes_on = message.is_autopilot_continuation == Some(true);
        match self.stage {
            _ if ours => self.take_up(steers),
            // What names no message may be about that one.
            Stage::Sent { .. } => self.stage = Stage::Sent { was_idle: false },
            // Some runtimes answer these in their own names.
            Stage::TakenUp { .. } if goes_on => {
                self.stage = Stage::TakenUp { steers: true };
                self.idle = None;
            }
            // What the runtime itself says within a run, such as a skill, has a source.
            Stage::TakenUp { .. } if !steers && message.source.is_none() => {
                self.stage = Stage::Superseded;
                return if self.idle.is_some() { Step::Ended } else { Step::Continue };
            }
            Stage::TakenUp { .. } | Stage::Superseded => {}
        }
        Step::Continue
    }

    fn take_up(&mut self, steers: bool) {
        self.stage = Stage::TakenUp { steers };
        // Until now it was other work that was aborted.
        self.abort = Abort::default();
    }

    fn assistant_message(&mut self, event: &Arc<Event>, message: Assistant) -> Step {
        let origin = message.originating_message_id.as_deref();
        if self.is_ours(origin) && message.parent_tool_call_id.is_none() {
            match self.stage {
                Stage::Sent { .. } => self.take_up(false),
                // What was taken up behind it was in its name: a hook had the agent go on.
                Stage::Superseded => self.stage = Stage::TakenUp { steers: false },
                Stage::TakenUp { .. } => {}
            }
            // A message may only ask for tools; the last one with text counts.
            if !message.content.is_empty() || self.message.is_none() {
                self.message = Some((Arc::clone(event), message.content));
            }
        }
        Step::Continue
    }

    fn error(&self, error: Failure) -> Result<Step> {
        // What a client logs as an error, and an attempt that the runtime will repeat, end
        // nothing.
        if matches!(error.error_type.as_str(), "notification" | "model_call")
            || !self.is_ours(error.originating_message_id.as_deref())
        {
            return Ok(Step::Continue);
        }
        Err(Error::new(
            ErrorKind::TurnFailed(error.error_type),
            format!("message {} was not answered: {}", self.id, error.message),
        ))
    }

    /// Whether what has this origin is about the message.
    fn is_ours(&self, origin: Option<&str>) -> bool {
        match origin {
            Some(origin) => {
                origin == self.id.as_str() || self.stage == Stage::TakenUp { steers: true }
            }
            None => {
                matches!(self.stage, Stage::Sent { was_idle: true } | Stage::TakenUp { .. })
            }
        }
    }

    fn idle(&mut self, event: &Arc<Event>, idle: &Idle) -> Step {
        let aborted = idle.aborted == Some(true);
        if let Stage::Sent { .. } = self.stage {
            self.abort.idle |= aborted;
            return Step::Continue;
        }
        let autopilot = !aborted && idle.mode.as_deref() == Some("autopilot");
        let aborted = aborted && (self.stage != Stage::Superseded || self.abort.told);
        self.idle = Some(End { idle: Arc::clone(event), aborted, autopilot });
        // Older runtimes may not tell the ends of turns, but no text comes before a late idle.
        let is_own = self.turn_ended || self.stage == Stage::Superseded || self.has_text();
        if is_own && !autopilot { Step::Ended } else { Step::Continue }
    }

    fn has_text(&self) -> bool {
        self.message.as_ref().is_some_and(|(_, text)| !text.is_empty())
    }
}
