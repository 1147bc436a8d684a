//! Builder of events, for a scripted agent to send or a log to contain.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::events::kinds::{
    AssistantIdle, AssistantMessage, AssistantMessageDelta, AssistantMessageStart,
    AssistantTurnEnd, AssistantTurnStart, SessionIdle, SessionMode, SessionStart, UserMessage,
    UserMessageDelivery,
};
use crate::events::{EventDraft, EventKind, Payload, SESSION_EVENT};

/// Builds an event, for [`ScriptedAgent::emit`](crate::testing::ScriptedAgent::emit) or for a
/// log.
///
/// The id is a random UUID unless set, the timestamp is fixed, `parentId` is null.
///
/// It converts to an [`EventDraft`], which makes an event from a typed payload:
///
/// ```
/// use copilot_sessions::events::kinds::UserMessage;
/// use copilot_sessions::events::EventLogWriter;
/// use copilot_sessions::testing::AgentEvent;
///
/// let mut writer = EventLogWriter::default();
/// let log = writer.log().clone();
/// writer.append(AgentEvent::of(&UserMessage::new("hello")).into()).unwrap();
/// let event = log.events().next_ready().unwrap().unwrap();
/// assert_eq!(event.get::<UserMessage>().unwrap().content, "hello");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct AgentEvent(Map<String, Value>);

impl AgentEvent {
    /// Creates an event of this kind with an empty payload.
    pub fn new(kind: &str) -> Self {
        let mut event = Map::new();
        event.insert("type".into(), kind.into());
        event.insert("data".into(), json!({}));
        event.insert("id".into(), Uuid::new_v4().to_string().into());
        event.insert("timestamp".into(), "2026-01-01T00:00:00.000Z".into());
        event.insert("parentId".into(), Value::Null);
        Self(event)
    }

    /// Creates an event from a typed payload. It is [`ephemeral`](Self::ephemeral) if the
    /// schema says so of the kind. A payload that does not serialize becomes null.
    pub fn of<P: Payload>(payload: &P) -> Self {
        let event = Self::new(P::KIND).data(serde_json::to_value(payload).unwrap_or_default());
        let ephemeral = EventKind::of(P::KIND).is_some_and(EventKind::is_ephemeral);
        if ephemeral { event.ephemeral() } else { event }
    }

    /// Sets the payload.
    pub fn data(self, data: Value) -> Self {
        self.set("data", data)
    }

    /// Sets the event's id.
    pub fn id(self, id: impl Into<String>) -> Self {
        self.set("id", id.into().into())
    }

    /// Marks the event as ephemeral, which runtimes do not persist.
    pub fn ephemeral(self) -> Self {
        self.set("ephemeral", true.into())
    }

    /// Sets the id of the sub-agent that the event belongs to.
    pub fn agent(self, id: &str) -> Self {
        self.set("agentId", id.into())
    }

    /// Sets any field of the envelope, even to a value that no runtime sends.
    pub fn set(mut self, field: &str, value: Value) -> Self {
        self.0.insert(field.to_owned(), value);
        self
    }

    /// The event's id; empty if it was set to something other than a string.
    pub fn event_id(&self) -> &str {
        self.0.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    /// Creates the `session.start` of a new session.
    pub fn session_start(session: &str) -> Self {
        let time = "2026-01-01T00:00:00.000Z";
        let mut start = SessionStart::new(session, 1, "copilot-agent", "0.0.0", time);
        start.already_in_use = Some(false);
        Self::of(&start)
    }

    /// Creates an `assistant.message_delta`: a piece of the message with this id.
    pub fn delta(message: &str, text: &str) -> Self {
        Self::of(&AssistantMessageDelta::new(message, text))
    }

    /// Creates a `session.idle`, which ends the work on a message.
    pub fn idle() -> Self {
        let mode = Some(SessionMode::Interactive);
        Self::of(&SessionIdle { mode, ..SessionIdle::default() })
    }

    /// Creates the events of a whole turn that answers the message `id`, in the order of a real
    /// runtime, without the final [`idle`](Self::idle). There is one delta for each word of
    /// `answer`.
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

    /// The notification that delivers the event, with the fields in the order of real runtimes.
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
