//! A run: the work on one message, from the event that takes it up to the one that ends it.

use crate::events::activity::failure::TurnFailure;
use crate::events::activity::signal::{
    AssistantMessage, Ends, Id, SessionError, SessionIdle, Signal, UserMessage,
};
use crate::events::{DecodeError, Event, EventKind};
use crate::ids::MessageId;

/// What the events so far say about one message: its state, its answer, and its end.
///
/// The work on a message is a *run*: one or more of the agent's turns, then `session.idle`. The
/// idle may be reported late, when the next message is in work already.
#[derive(Debug)]
pub(crate) struct MessageRun {
    id: MessageId,
    /// The texts by which a runtime that writes no ids of messages may show this one.
    texts: Vec<Box<str>>,
    state: State,
    /// The agent's latest turn has ended, and no message or turn has begun since: the next idle
    /// is about that turn.
    turn_ended: bool,
    /// An `abort` was seen since the message was sent, or work on it began.
    abort_seen: bool,
    /// An `abort` was seen since the agent has perhaps begun with another message: if it has not, it was of
    /// this one's work.
    abort_undecided: bool,
    /// The message that the run began with, if this one changed it: the answers may name that.
    begun_with: Option<Box<str>>,
    /// While the message was not taken up: how far the work has come on one whose id is not known and
    /// that has another text. A hook may have changed the text of this one.
    unnamed: Unnamed,
    /// The agent does not go on by itself any more.
    autopilot_stopped: Option<Event>,
    answer: Answered,
    /// An error from which the runtime may recover, since the last text.
    failure: Option<TurnFailure>,
    /// The latest idle since work on the message began. It is about this message, or a late
    /// report about earlier work.
    idle: Option<Idle>,
}

/// How far the message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It was sent. Events that name no message are about this one if, and only if, the agent
    /// was idle then.
    Sent { was_idle: bool },
    /// The agent works on it. A steering message changes the run under way, whose events
    /// continue to name the message that the run began with.
    InWork { steering: bool },
    /// The agent has begun with another message, so the run of this one is over; unless a hook made the
    /// agent continue, which the next message of the agent tells.
    Superseded { may_continue: bool, steering: bool },
}

/// The work on a message that may be this one, or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unnamed {
    Nothing,
    InWork,
    /// An idle has ended it.
    Ended,
}

/// The latest answer.
#[derive(Debug)]
enum Answered {
    Nothing,
    Text(Event, Box<str>),
    /// Its text can't be read.
    Unreadable(Event, DecodeError),
}

/// An idle that may end the work on the message.
#[derive(Debug)]
struct Idle {
    event: Event,
    aborted: bool,
    /// The agent may continue by itself after it.
    may_continue: bool,
}

/// What one event is to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is not about the message: before its run, or of another one.
    Other,
    /// It belongs to the run, and so do those that perhaps did.
    Own,
    /// It belongs to the run if the next event that is no `Perhaps` does.
    Perhaps,
    /// It ends the run: [`MessageRun::end`] says how.
    Ended,
    /// The run had ended before it: it is another message.
    EndedBefore,
}

/// How a run has ended.
#[derive(Debug)]
pub(crate) enum RunEnd {
    /// With the last message that has a text, or the first one if none has; `end` is the event that
    /// ended the run.
    Answered {
        message: Option<Event>,
        text: Box<str>,
        end: Event,
    },
    /// The text of its last message can't be read.
    Unreadable(Event, DecodeError),
    Failed(TurnFailure),
    Aborted,
    /// The runtime has worked on some message, and does not say on which.
    Ambiguous,
}

impl MessageRun {
    /// `texts`: the message's, and the one that is shown in its place. `was_idle`: the agent was idle
    /// when it was sent.
    pub(crate) fn new(id: MessageId, texts: Vec<Box<str>>, was_idle: bool) -> Self {
        Self {
            id,
            texts,
            state: State::Sent { was_idle },
            turn_ended: false,
            abort_seen: false,
            abort_undecided: false,
            begun_with: None,
            unnamed: Unnamed::Nothing,
            autopilot_stopped: None,
            answer: Answered::Nothing,
            failure: None,
            idle: None,
        }
    }

    pub(crate) fn id(&self) -> &MessageId {
        &self.id
    }

    /// Whether the work may be over, and only a query of the runtime can tell.
    ///
    /// - An abort drops the messages in the queue, and no event says which. When it drops all the
    ///   work that there is, not even an idle of the session follows.
    /// - Failed work becomes idle a moment after its error, perhaps when the next message is in
    ///   work already. So an idle that does not follow the end of a turn may be about either.
    /// - A runtime that writes no ids of messages may have worked on this one under another text.
    /// - In autopilot the agent may continue after an idle, or not. When it has stopped, an idle may
    ///   follow, or not.
    pub(crate) fn end_is_uncertain(&self) -> bool {
        match self.state {
            State::Sent { .. } => self.abort_seen || self.unnamed == Unnamed::Ended,
            State::InWork { .. } | State::Superseded { .. } => {
                self.idle.is_some() || self.autopilot_stopped.is_some()
            }
        }
    }

    /// Whether the agent may continue by itself after the idle that was seen.
    pub(crate) fn may_continue(&self) -> bool {
        self.idle.as_ref().is_some_and(|idle| idle.may_continue)
    }

    /// How the run has ended, once it has.
    pub(crate) fn end(self) -> RunEnd {
        if let Some(failure) = self.failure {
            return RunEnd::Failed(failure);
        }
        let end = match self.idle {
            Some(Idle { event, aborted: false, .. }) => event,
            Some(Idle { aborted: true, .. }) => return RunEnd::Aborted,
            None => match self.autopilot_stopped {
                Some(event) => event,
                None if self.unnamed != Unnamed::Nothing && !self.abort_seen => {
                    return RunEnd::Ambiguous;
                }
                None => return RunEnd::Aborted,
            },
        };
        match self.answer {
            Answered::Nothing => RunEnd::Answered { message: None, text: Box::default(), end },
            Answered::Text(event, text) => RunEnd::Answered { message: Some(event), text, end },
            Answered::Unreadable(event, error) => RunEnd::Unreadable(event, error),
        }
    }

    /// Applies the next event of the session.
    pub(crate) fn apply(&mut self, event: &Event) -> Step {
        if self.signal(event) {
            let is_message = event.known_kind() == Some(EventKind::UserMessage);
            return if is_message { Step::EndedBefore } else { Step::Ended };
        }
        // An idle of earlier work may come late, and shows as an event of this run.
        match self.state {
            State::InWork { .. } => Step::Own,
            State::Superseded { may_continue: true, .. } => Step::Perhaps,
            State::Sent { .. } | State::Superseded { may_continue: false, .. } => Step::Other,
        }
    }

    /// Whether this event ends the run.
    fn signal(&mut self, event: &Event) -> bool {
        let Some(signal) = Signal::of(event) else { return false };
        if let Signal::AssistantMessage(_) | Signal::TurnStart { .. } | Signal::TurnEnd = signal
        {
            // The work continues, so the idle that was seen was about earlier work.
            self.idle = None;
            self.autopilot_stopped = None;
        }
        match signal {
            Signal::UserMessage(message) => return self.user_message(&message),
            Signal::AssistantMessage(message) => self.assistant_message(event, message),
            Signal::TurnStart { is_first } => {
                // A new run without a message: work that the runtime began by itself, such as
                // on the report of a background agent.
                if is_first && self.turn_ended && self.has_text() {
                    self.supersede();
                }
                self.turn_ended = false;
            }
            Signal::TurnEnd => self.turn_ended = true,
            Signal::Error(error) => return self.error(error),
            // After the next message has begun, it is about that one.
            Signal::Abort if self.is_superseded() => self.abort_undecided = true,
            Signal::Abort => self.abort_seen = true,
            Signal::Idle(idle) => return self.idle(event, &idle),
            Signal::AutopilotStopped => {
                if !matches!(self.state, State::Sent { .. }) {
                    self.autopilot_stopped = Some(event.clone());
                }
                if matches!(self.state, State::InWork { .. }) {
                    return self.idle.as_ref().is_some_and(|idle| idle.may_continue);
                }
            }
        }
        false
    }

    fn user_message(&mut self, message: &UserMessage) -> bool {
        self.turn_ended = false;
        let is_this_message = match &message.message_id {
            Id::Is(id) => **id == *self.id.as_str(),
            // The texts tell those of several clients apart.
            Id::Absent => {
                !message.has_source
                    && matches!(self.state, State::Sent { .. })
                    && message.content.as_ref().is_some_and(|text| self.texts.contains(text))
            }
            Id::Unreadable => false,
        };
        match self.state {
            _ if is_this_message => self.begin_work(message.is_steering),
            // Events that name no message may be about that other message from now on.
            State::Sent { .. } => {
                self.state = State::Sent { was_idle: false };
                if !matches!(message.message_id, Id::Is(_)) && !message.has_source {
                    self.unnamed = Unnamed::InWork;
                }
            }
            // Some runtimes let the answers to a continuation name the continuation.
            State::InWork { .. } if message.is_autopilot_continuation => {
                self.state = State::InWork { steering: true };
                self.idle = None;
            }
            // Messages that the runtime adds within a run, such as a skill, have a source.
            State::InWork { .. } if !message.is_steering && !message.has_source => {
                self.supersede();
                if let Id::Is(id) = &message.message_id {
                    // What names it from now on is about that message.
                    self.begun_with.take_if(|begun_with| begun_with == id);
                }
                // Of one that can't be read it is not known that it is another's.
                return self.idle.is_some() && message.is_readable;
            }
            State::InWork { .. } | State::Superseded { .. } => {}
        }
        false
    }

    fn begin_work(&mut self, steering: bool) {
        self.state = State::InWork { steering };
        // What was seen until now was about other work.
        self.abort_seen = false;
        self.unnamed = Unnamed::Nothing;
    }

    fn assistant_message(&mut self, event: &Event, message: AssistantMessage) {
        if message.is_of_a_tool {
            return;
        }
        if !self.is_about_this(message.origin.as_deref()) {
            // One that names no message tells nothing.
            if let State::Superseded { may_continue, .. } = &mut self.state {
                *may_continue &= message.origin.is_none();
            }
            return;
        }
        match self.state {
            State::Sent { .. } => self.begin_work(false),
            State::Superseded { .. } => self.resume_work(),
            State::InWork { steering: true } => {
                self.begun_with = message.origin.or(self.begun_with.take());
            }
            State::InWork { steering: false } => {}
        }
        self.failure = None;
        // A message may only call tools; the last one with text is the answer.
        match message.text {
            Err(error) => self.answer = Answered::Unreadable(event.clone(), error),
            Ok(text) if !text.is_empty() || matches!(self.answer, Answered::Nothing) => {
                self.answer = Answered::Text(event.clone(), text);
            }
            Ok(_) => {}
        }
    }

    fn error(&mut self, error: SessionError) -> bool {
        if error.ends == Ends::No || !self.is_about_this(error.origin.as_deref()) {
            return false;
        }
        self.resume_work();
        self.failure = Some(error.failure);
        error.ends == Ends::Yes
    }

    /// Whether an event with this originating message is about this message.
    fn is_about_this(&self, origin: Option<&str>) -> bool {
        match origin {
            Some(origin) if origin == self.id.as_str() => true,
            Some(origin) => match self.state {
                State::InWork { steering } => steering,
                State::Superseded { steering, .. } => {
                    steering && self.begun_with.as_deref() == Some(origin)
                }
                State::Sent { .. } => false,
            },
            None => {
                matches!(self.state, State::Sent { was_idle: true } | State::InWork { .. })
            }
        }
    }

    fn idle(&mut self, event: &Event, idle: &SessionIdle) -> bool {
        if let State::Sent { .. } = self.state {
            if self.unnamed == Unnamed::InWork {
                self.unnamed = Unnamed::Ended;
            }
            return false;
        }
        let aborted = idle.aborted.unwrap_or(self.abort_seen);
        let may_continue = !aborted && idle.is_autopilot && self.autopilot_stopped.is_none();
        let aborted = aborted && (!self.is_superseded() || self.abort_seen);
        self.idle = Some(Idle { event: event.clone(), aborted, may_continue });
        // Older runtimes may not send `assistant.turn_end`, but no text comes before a late
        // idle.
        let is_about_this = self.turn_ended || self.is_superseded() || self.has_text();
        is_about_this && !may_continue
    }

    /// Whether the events since the last [`Step::Perhaps`] belong to the run.
    pub(crate) fn is_in_work(&self) -> bool {
        matches!(self.state, State::InWork { .. })
    }

    fn supersede(&mut self) {
        let steering = self.state == State::InWork { steering: true };
        self.state = State::Superseded { may_continue: true, steering };
        self.abort_undecided = false;
    }

    /// The message that seemed to supersede this one belongs to it: a hook made the agent continue.
    fn resume_work(&mut self) {
        if let State::Superseded { steering, .. } = self.state {
            self.state = State::InWork { steering };
            self.abort_seen |= self.abort_undecided;
        }
    }

    fn is_superseded(&self) -> bool {
        matches!(self.state, State::Superseded { .. })
    }

    fn has_text(&self) -> bool {
        match &self.answer {
            Answered::Nothing => false,
            Answered::Text(_, text) => !text.is_empty(),
            Answered::Unreadable(..) => true,
        }
    }
}
