//! Events for a scripted agent to send.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::events::kinds::{
    AssistantIdle, AssistantMessage, AssistantMessageDelta, AssistantMessageStart,
    AssistantTurnEnd, AssistantTurnStart, SessionIdle, SessionMode, SessionStart, UserMessage,
    UserMessageDelivery,
};
use crate::events::{EventDraft, EventKind, Payload, SESSION_EVENT};

/// An event that a scripted agent sends. Its id is random unless set.
///
/// It is also the way from a typed payload to an event for a log of one's own:
///
/// ```
/// use copilot_sessions::events::kinds::UserMessage;
/// use copilot_sessions::events::EventLog;
/// use copilot_sessions::testing::AgentEvent;
///
/// let log = EventLog::default();
/// log.append(AgentEvent::of(&UserMessage::new("hello")).into()).unwrap();
/// let event = log.events().next_ready().unwrap().unwrap();
/// assert_eq!(event.get::<UserMessage>().unwrap().content, "hello");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct AgentEvent(Map<String, Value>);

impl AgentEvent {
    /// An event of this kind, without a payload.
    pub fn new(kind: &str) -> Self {
        let mut event = Map::new();
        event.insert("type".into(), kind.into());
        event.insert("data".into(), json!({}));
        event.insert("id".into(), Uuid::new_v4().to_string().into());
        event.insert("timestamp".into(), "2026-01-01T00:00:00.000Z".into());
        event.insert("parentId".into(), Value::Null);
        Self(event)
    }

    /// An event with this payload, of its kind; [`ephemeral`](Self::ephemeral) if all of the
    /// kind are.
    pub fn of<P: Payload>(payload: &P) -> Self {
        // Payloads have text for keys, so each is JSON.
        let event = Self::new(P::KIND).data(serde_json::to_value(payload).unwrap_or_default());
        let ephemeral = EventKind::of(P::KIND).is_some_and(EventKind::is_ephemeral);
        if ephemeral { event.ephemeral() } else { event }
    }

    /// The payload.
    pub fn data(self, data: Value) -> Self {
        self.set("data", data)
    }

    /// The event's id.
    pub fn id(self, id: impl Into<String>) -> Self {
        self.set("id", id.into().into())
    }

    /// Marks the event as one that is not persisted.
    pub fn ephemeral(self) -> Self {
        self.set("ephemeral", true.into())
    }

    /// The sub-agent that the event belongs to.
    pub fn agent(self, id: &str) -> Self {
        self.set("agentId", id.into())
    }

    /// Sets any member of the envelope, also to what no runtime would send.
    pub fn set(mut self, member: &str, value: Value) -> Self {
        self.0.insert(member.to_owned(), value);
        self
    }

    /// The event's id as it will be sent.
    pub fn event_id(&self) -> &str {
        self.0.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    /// The `session.start` of a new session.
    pub fn session_start(session: &str) -> Self {
        let time = "2026-01-01T00:00:00.000Z";
        let mut start = SessionStart::new(session, 1, "copilot-agent", "0.0.0", time);
        start.already_in_use = Some(false);
        Self::of(&start)
    }

    /// A piece of a message while it is being written.
    pub fn delta(message: &str, text: &str) -> Self {
        Self::of(&AssistantMessageDelta::new(message, text))
    }

    /// The end of the work on a message.
    pub fn idle() -> Self {
        let mode = Some(SessionMode::Interactive);
        Self::of(&SessionIdle { mode, ..SessionIdle::default() })
    }

    /// All events of a whole turn that answers the message `id`, in a runtime's order, but
    /// for the final [`idle`](Self::idle).
    pub fn turn(id: &str, prompt: &str, answer: &str) -> Vec<Self> {
        let message = Uuid::new_v4().to_string();
        let deltas = answer.split_inclusive(' ').map(|word| Self::delta(&message, word));
        let mut asked = UserMessage::new(prompt);
        asked.message_id = Some(id.into());
        asked.delivery = Some(UserMessageDelivery::Idle);
        let mut said = AssistantMessage::new(&message, answer);
        said.originating_message_id = Some(id.into());
        said.tool_requests = Some(Vec::new());
        let mut events = vec![
            Self::of(&asked),
            Self::of(&AssistantTurnStart::new("0")),
            Self::of(&AssistantMessageStart::new(&message)),
        ];
        events.extend(deltas);
        events.extend([
            Self::of(&said),
            Self::of(&AssistantTurnEnd::new("0")),
            Self::of(&AssistantIdle::default()),
        ]);
        events
    }

    pub(super) fn is_ephemeral(&self) -> bool {
        self.0.get("ephemeral") == Some(&Value::Bool(true))
    }

    pub(super) fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The notification that delivers the event, in the very form that runtimes write.
    pub(super) fn notification(&self, session: &str) -> String {
        let (session, event) = (json!(session), self.to_value());
        format!(
            r#"{{"jsonrpc":"2.0","method":"{SESSION_EVENT}","params":{{"sessionId":{session},"event":{event}}}}}"#
        )
    }
}

impl From<AgentEvent> for EventDraft {
    fn from(event: AgentEvent) -> Self {
        Self::parse(&event.to_value().to_string())
    }
}
