//! A fold of the session's events that decides when the work on one message ends, and how.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::events::Event;
use crate::ids::MessageId;
use crate::session::turn::answer::Answer;
use crate::session::turn::signals::{
    AssistantMessage, SessionError, SessionIdle, Signal, UserMessage,
};
use crate::session::turn::timing::QuerySchedule;

/// What the events so far say about one message: its state, its answer, and its end.
///
/// The work on a message is a *run*: one or more of the agent's turns, then `session.idle`. The
/// idle may be reported late, when the next message is in work already.
#[derive(Debug)]
pub(super) struct MessageProgress {
    id: MessageId,
    state: MessageState,
    /// The agent's latest turn has ended, and no message or turn has begun since: the next idle
    /// is about that turn.
    turn_ended: bool,
    /// An `abort` was seen since the message was sent, or work on it began.
    abort_seen: bool,
    /// The latest answer, with its text.
    answer: Option<(Event, Box<str>)>,
    /// The latest idle since work on the message began. It is about this message, or a late
    /// report about earlier work.
    idle: Option<IdleSeen>,
}

/// How far the message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MessageState {
    /// It was sent. Events that name no message are about this one if, and only if, the agent
    /// was idle then.
    Sent { was_idle: bool },
    /// The agent works on it. A steering message changes the run under way, whose events
    /// continue to name the message that the run began with.
    InWork { steering: bool },
    /// The agent has begun with another message, so the run of this one is over.
    Superseded,
}

/// An idle that may end the work on the message.
#[derive(Debug)]
struct IdleSeen {
    event: Event,
    aborted: bool,
    /// The agent may continue by itself after an idle in autopilot.
    autopilot: bool,
}

/// Whether one event ends the work on the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Continue,
    Ended,
}

impl MessageProgress {
    pub(super) fn new(id: MessageId, was_idle: bool) -> Self {
        Self {
            id,
            state: MessageState::Sent { was_idle },
            turn_ended: false,
            abort_seen: false,
            answer: None,
            idle: None,
        }
    }

    pub(super) fn id(&self) -> &MessageId {
        &self.id
    }

    /// Whether the work may be over, and only a query of the runtime can tell.
    ///
    /// - An abort drops the messages in the queue, and no event says which. When it drops all the
    ///   work that there is, not even an idle of the session follows.
    /// - Failed work becomes idle a moment after its error, perhaps when the next message is in
    ///   work already. So an idle that does not follow the end of a turn may be about either.
    /// - In autopilot the agent may continue after an idle, or not.
    pub(super) fn end_is_uncertain(&self) -> bool {
        match self.state {
            MessageState::Sent { .. } => self.abort_seen,
            MessageState::InWork { .. } | MessageState::Superseded => self.idle.is_some(),
        }
    }

    /// How long to wait for further events before the first query.
    pub(super) fn query_delay(&self) -> Duration {
        let may_continue = self.idle.as_ref().is_some_and(|idle| idle.autopilot);
        if may_continue { QuerySchedule::FIRST_PAUSE } else { Duration::ZERO }
    }

    /// The outcome, once the work on the message is over.
    pub(super) fn into_outcome(self) -> Result<Answer> {
        match self.idle {
            Some(IdleSeen { event, aborted: false, .. }) => {
                let (message, text) = self.answer.unzip();
                let text = text.unwrap_or_default();
                Ok(Answer { message_id: self.id, message, idle: event, text })
            }
            Some(IdleSeen { aborted: true, .. }) | None => Err(Error::new(
                ErrorKind::Aborted,
                "the message was aborted before it was answered",
            )),
        }
    }

    /// Applies the next event of the session. Fails if the work on the message has failed.
    pub(super) fn apply(&mut self, event: &Event) -> Result<Step> {
        // Sub-agents have turns of their own.
        if event.agent_id().is_some() {
            return Ok(Step::Continue);
        }
        let signal = Signal::from_event(event);
        if let Some(Signal::AssistantMessage(_) | Signal::TurnStart(_) | Signal::TurnEnd) =
            signal
        {
            // The work continues, so the idle that was seen was about earlier work.
            self.idle = None;
        }
        Ok(match signal {
            Some(Signal::UserMessage(message)) => self.user_message(&message),
            Some(Signal::AssistantMessage(message)) => self.assistant_message(event, message),
            Some(Signal::TurnStart(turn)) => {
                // A new run without a message: work that the runtime began by itself, such as
                // on the report of a background agent.
                if turn.turn_id == "0" && self.turn_ended && self.has_text() {
                    self.state = MessageState::Superseded;
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
                // After the next message has begun, it is about that one.
                self.abort_seen |= self.state != MessageState::Superseded;
                Step::Continue
            }
            Some(Signal::Idle(idle)) => self.idle(event, &idle),
            None => Step::Continue,
        })
    }

    fn user_message(&mut self, message: &UserMessage) -> Step {
        self.turn_ended = false;
        let steering = message.delivery.as_deref() == Some("steering");
        let is_this_message = match message.message_id.as_deref() {
            Some(id) => id == self.id.as_str(),
            // Older runtimes send no message ids: the first message after sending is this one.
            None => message.source.is_none() && matches!(self.state, MessageState::Sent { .. }),
        };
        let is_continuation = message.is_autopilot_continuation == Some(true);
        match self.state {
            _ if is_this_message => self.begin_work(steering),
            // Events that name no message may be about that other message from now on.
            MessageState::Sent { .. } => self.state = MessageState::Sent { was_idle: false },
            // Some runtimes let the answers to a continuation name the continuation.
            MessageState::InWork { .. } if is_continuation => {
                self.state = MessageState::InWork { steering: true };
                self.idle = None;
            }
            // Messages that the runtime adds within a run, such as a skill, have a source.
            MessageState::InWork { .. } if !steering && message.source.is_none() => {
                self.state = MessageState::Superseded;
                return if self.idle.is_some() { Step::Ended } else { Step::Continue };
            }
            MessageState::InWork { .. } | MessageState::Superseded => {}
        }
        Step::Continue
    }

    fn begin_work(&mut self, steering: bool) {
        self.state = MessageState::InWork { steering };
        // An abort that was seen until now was about other work.
        self.abort_seen = false;
    }

    fn assistant_message(&mut self, event: &Event, message: AssistantMessage) -> Step {
        let origin = message.originating_message_id.as_deref();
        if self.is_about_this(origin) && message.parent_tool_call_id.is_none() {
            match self.state {
                MessageState::Sent { .. } => self.begin_work(false),
                // The message that superseded this one belongs to it: a hook made the agent
                // continue.
                MessageState::Superseded => {
                    self.state = MessageState::InWork { steering: false };
                }
                MessageState::InWork { .. } => {}
            }
            // A message may only call tools; the last one with text is the answer.
            if !message.content.is_empty() || self.answer.is_none() {
                self.answer = Some((event.clone(), message.content));
            }
        }
        Step::Continue
    }

    fn error(&self, error: SessionError) -> Result<Step> {
        // `notification` is an error that a client has logged, and after `model_call` the
        // runtime tries again: neither ends the work.
        if matches!(error.error_type.as_str(), "notification" | "model_call")
            || !self.is_about_this(error.originating_message_id.as_deref())
        {
            return Ok(Step::Continue);
        }
        Err(Error::new(
            ErrorKind::TurnFailed(error.error_type),
            format!("message {} was not answered: {}", self.id, error.message),
        ))
    }

    /// Whether an event with this originating message is about this message.
    fn is_about_this(&self, origin: Option<&str>) -> bool {
        match origin {
            Some(origin) => {
                origin == self.id.as_str()
                    || self.state == MessageState::InWork { steering: true }
            }
            None => matches!(
                self.state,
                MessageState::Sent { was_idle: true } | MessageState::InWork { .. }
            ),
        }
    }

    fn idle(&mut self, event: &Event, idle: &SessionIdle) -> Step {
        let aborted = idle.aborted == Some(true);
        if let MessageState::Sent { .. } = self.state {
            return Step::Continue;
        }
        let autopilot = !aborted && idle.mode.as_deref() == Some("autopilot");
        let aborted = aborted && (self.state != MessageState::Superseded || self.abort_seen);
        self.idle = Some(IdleSeen { event: event.clone(), aborted, autopilot });
        // Older runtimes may not send `assistant.turn_end`, but no text comes before a late
        // idle.
        let is_about_this =
            self.turn_ended || self.state == MessageState::Superseded || self.has_text();
        if is_about_this && !autopilot { Step::Ended } else { Step::Continue }
    }

    fn has_text(&self) -> bool {
        self.answer.as_ref().is_some_and(|(_, text)| !text.is_empty())
    }
}
