//! Signals: the events, and the few of their members, that decide when work begins and ends.
//!
//! Most events are no signals, and are not decoded at all.

use crate::events::activity::failure::TurnFailure;
use crate::events::activity::members::Members;
use crate::events::{DecodeError, Event, EventKind};

/// An event that matters for the end of the work on a message.
#[derive(Debug)]
pub(super) enum Signal {
    UserMessage(UserMessage),
    AssistantMessage(AssistantMessage),
    TurnStart {
        is_first: bool,
    },
    TurnEnd,
    Error(SessionError),
    Abort,
    Idle(SessionIdle),
    /// The agent does not go on by itself any more.
    AutopilotStopped,
}

/// `user.message`
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the payload")]
pub(super) struct UserMessage {
    pub(super) message_id: Id,
    /// The runtime added the message, such as for a skill; no user did.
    pub(super) has_source: bool,
    /// `None` if it can't be read.
    pub(super) content: Option<Box<str>>,
    pub(super) is_steering: bool,
    pub(super) is_autopilot_continuation: bool,
    /// All of it could be read.
    pub(super) is_readable: bool,
}

/// The id of a message, in an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Id {
    Is(Box<str>),
    /// Runtimes before 1.0.83 write none.
    Absent,
    /// It is some message's, and can't be known whose.
    Unreadable,
}

/// `assistant.message`
#[derive(Debug)]
pub(in crate::events) struct AssistantMessage {
    pub(in crate::events) text: Result<Box<str>, DecodeError>,
    pub(super) origin: Option<Box<str>>,
    /// It is the result of a tool that asked an agent of its own.
    pub(in crate::events) is_of_a_tool: bool,
}

/// `session.error`
#[derive(Debug)]
pub(super) struct SessionError {
    pub(super) failure: TurnFailure,
    pub(super) origin: Option<Box<str>>,
    pub(super) ends: Ends,
}

/// Whether an error ends the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Yes,
    /// The runtime may go on with another model.
    Perhaps,
    No,
}

/// `session.idle`
#[derive(Debug, Default)]
pub(super) struct SessionIdle {
    /// `None` if it does not say so, or that can't be read.
    pub(super) aborted: Option<bool>,
    pub(super) is_autopilot: bool,
}

/// Whether the event is of the session's own agent; sub-agents have turns of their own.
pub(in crate::events) fn is_of_the_main_agent(event: &Event) -> bool {
    event.agent_id().is_none()
}

/// Whether this is the `session.idle` of the session's own agent.
pub(in crate::events) fn is_idle(event: &Event) -> bool {
    is_of_the_main_agent(event) && event.known_kind() == Some(EventKind::SessionIdle)
}

/// Whether a turn begins with this event, if none is under way: with a message, or with work that the
/// agent starts without one.
pub(in crate::events) fn begins_turn(event: &Event) -> bool {
    is_of_the_main_agent(event)
        && match event.known_kind() {
            Some(EventKind::UserMessage) => true,
            Some(EventKind::AssistantTurnStart) => is_first_of_a_run(event),
            _ => false,
        }
}

/// Whether a run begins with this `assistant.turn_start`: turns are numbered within it, from "0".
/// Without a number it may be the middle of work that has begun before.
fn is_first_of_a_run(event: &Event) -> bool {
    let mut members = Members::of(event, ["turnId"]);
    let is_first = members.text("turnId").as_deref() == Some("0");
    event.note_readability(members.is_readable());
    is_first
}

/// Whether an error of this type leaves the work going on.
pub(super) fn is_of_work_that_goes_on(error_type: &str) -> bool {
    matches!(error_type, "notification" | "model_call")
}

impl Signal {
    /// The signal of `event`; `None` if it is of another kind, or of a sub-agent. Never because
    /// something of it can't be read.
    pub(super) fn of(event: &Event) -> Option<Self> {
        if !is_of_the_main_agent(event) {
            return None;
        }
        Some(match event.kind() {
            "user.message" => Self::UserMessage(UserMessage::read(event)),
            "assistant.message" => Self::AssistantMessage(AssistantMessage::read(event)),
            "assistant.turn_start" => Self::TurnStart { is_first: is_first_of_a_run(event) },
            "assistant.turn_end" => Self::TurnEnd,
            "session.error" => Self::Error(SessionError::read(event)),
            "abort" => Self::Abort,
            "session.idle" => Self::Idle(SessionIdle::read(event)),
            "session.autopilot_stopped" => Self::AutopilotStopped,
            _ => return None,
        })
    }
}

impl UserMessage {
    fn read(event: &Event) -> Self {
        let names = ["messageId", "source", "content", "delivery", "isAutopilotContinuation"];
        let mut members = Members::of(event, names);
        let id = members.text("messageId");
        let id = match id {
            Some(id) => Id::Is(id),
            None if members.is_readable() => Id::Absent,
            None => Id::Unreadable,
        };
        // Noted if it can't be read; whatever it is, it is a source.
        let _ = members.text("source");
        let mut message = Self {
            message_id: id,
            has_source: members.has("source"),
            content: members.read("content"),
            is_steering: members.text("delivery").as_deref() == Some("steering"),
            is_autopilot_continuation: members.read("isAutopilotContinuation") == Some(true),
            is_readable: false,
        };
        message.is_readable = members.is_readable();
        event.note_readability(message.is_readable);
        message
    }
}

impl AssistantMessage {
    pub(in crate::events) fn read(event: &Event) -> Self {
        let names = ["content", "originatingMessageId", "parentToolCallId"];
        let mut members = Members::of(event, names);
        let message = Self {
            text: members.required("content"),
            origin: members.text("originatingMessageId"),
            is_of_a_tool: members.text("parentToolCallId").is_some(),
        };
        event.note_readability(members.is_readable());
        message
    }
}

impl SessionError {
    fn read(event: &Event) -> Self {
        let mut members = Members::of(event, ["originatingMessageId", "eligibleForAutoSwitch"]);
        let origin = members.text("originatingMessageId");
        let may_switch = members.read("eligibleForAutoSwitch") == Some(true);
        event.note_readability(members.is_readable());
        let failure = TurnFailure::read(event);
        let ends = match failure.error_type() {
            // An error that a client has logged; the runtime tries again.
            Some(kind) if is_of_work_that_goes_on(kind) => Ends::No,
            _ if may_switch => Ends::Perhaps,
            _ => Ends::Yes,
        };
        Self { failure, origin, ends }
    }
}

impl SessionIdle {
    fn read(event: &Event) -> Self {
        let mut members = Members::of(event, ["aborted", "mode"]);
        let idle = Self {
            aborted: members.read("aborted"),
            is_autopilot: members.text("mode").as_deref() == Some("autopilot"),
        };
        event.note_readability(members.is_readable());
        idle
    }
}
