//! Events for a scripted agent to send.

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An event that a scripted agent sends. Its id is random unless set.
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
        Self::new("session.start").data(json!({
            "sessionId": session,
            "version": 1,
            "producer": "copilot-agent",
            "copilotVersion": "0.0.0",
            "startTime": "2026-01-01T00:00:00.000Z",
            "alreadyInUse": false,
        }))
    }

    /// A piece of a message while it is being written.
    pub fn delta(message: &str, text: &str) -> Self {
        Self::new("assistant.message_delta")
            .data(json!({ "messageId": message, "deltaContent": text }))
            .ephemeral()
    }

    /// The end of the work on a message.
    pub fn idle() -> Self {
        Self::new("session.idle").data(json!({ "mode": "interactive" })).ephemeral()
    }

    /// All events of a whole turn that answers the message `id`, in a runtime's order, but
    /// for the final [`idle`](Self::idle).
    pub fn turn(id: &str, prompt: &str, answer: &str) -> Vec<Self> {
        let message = Uuid::new_v4().to_string();
        let deltas = answer.split_inclusive(' ').map(|word| Self::delta(&message, word));
        let mut events = vec![
            Self::new("user.message").data(json!({
                "content": prompt, "messageId": id, "delivery": "idle",
            })),
            Self::new("assistant.turn_start").data(json!({ "turnId": "0" })),
            Self::new("assistant.message_start")
                .data(json!({ "messageId": message }))
                .ephemeral(),
        ];
        events.extend(deltas);
        events.extend([
            Self::new("assistant.message").data(json!({
                "messageId": message, "originatingMessageId": id,
                "content": answer, "toolRequests": [],
            })),
            Self::new("assistant.turn_end").data(json!({ "turnId": "0" })),
            Self::new("assistant.idle").ephemeral(),
        ]);
        events
    }

    pub(super) fn is_ephemeral(&self) -> bool {
        self.0.get("ephemeral") == Some(&Value::Bool(true))
    }

    pub(super) fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub(super) fn notification(&self, session: &str) -> Value {
        json!({
            "jsonrpc": "2.0",
            "method": "session.event",
            "params": { "sessionId": session, "event": self.0 },
        })
    }
}
