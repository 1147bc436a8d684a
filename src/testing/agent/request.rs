//! A request of the client, in a test's hands.

use std::fmt;

use serde_json::{Value, json};

use crate::testing::agent::ScriptedAgent;

/// A request of the client that waits for an answer. Dropping it leaves it unanswered for
/// ever, as a runtime might.
pub struct AgentRequest {
    agent: ScriptedAgent,
    id: Value,
    method: String,
    params: Value,
}

impl AgentRequest {
    pub(super) fn new(agent: &ScriptedAgent, id: Value, method: String, params: Value) -> Self {
        Self { agent: agent.clone(), id, method, params }
    }

    /// The JSON-RPC id, for an answer that the test writes itself.
    pub fn id(&self) -> &Value {
        &self.id
    }

    /// The method's name.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The parameters; null if there are none.
    pub fn params(&self) -> &Value {
        &self.params
    }

    /// The session that the parameters name; empty if they name none.
    pub fn session_id(&self) -> String {
        let id = self.params.get("sessionId").and_then(Value::as_str);
        id.unwrap_or_default().to_owned()
    }

    /// Answers with a result.
    pub fn reply(self, result: Value) {
        let Self { agent, id, .. } = self;
        agent.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
    }

    /// Answers with an error.
    pub fn error(self, code: i64, message: &str) {
        let Self { agent, id, .. } = self;
        let error = json!({ "code": code, "message": message });
        agent.send(&json!({ "jsonrpc": "2.0", "id": id, "error": error }));
    }

    /// Answers as the agent itself would.
    pub fn by_default(self) {
        let agent = self.agent.clone();
        super::behaviour::answer(&agent, self);
    }
}

impl fmt::Debug for AgentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentRequest")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}
