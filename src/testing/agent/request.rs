//! A request of the client that a test answers.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::testing::agent::core::{AgentCore, Request};

/// A held request of the client, which a test answers; see
/// [`ScriptedAgent::expect`](crate::testing::ScriptedAgent::expect).
///
/// Dropping it leaves the request unanswered forever.
pub struct AgentRequest {
    pub(super) agent: Arc<AgentCore>,
    request: Request,
}

impl AgentRequest {
    pub(super) fn new(agent: &Arc<AgentCore>, request: Request) -> Self {
        Self { agent: Arc::clone(agent), request }
    }

    /// The JSON-RPC id, for an answer that the test writes itself.
    pub fn id(&self) -> &Value {
        &self.request.id
    }

    /// The method's name.
    pub fn method(&self) -> &str {
        &self.request.method
    }

    /// The parameters; null if absent.
    pub fn params(&self) -> &Value {
        &self.request.params
    }

    /// The `sessionId` of the parameters; empty if they have none.
    pub fn session_id(&self) -> String {
        let id = self.request.params.get("sessionId").and_then(Value::as_str);
        id.unwrap_or_default().to_owned()
    }

    /// Answers with a result.
    pub fn reply(self, result: Value) {
        let Self { agent, request: Request { id, .. } } = self;
        agent.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
    }

    /// Answers with an error.
    pub fn error(self, code: i64, message: &str) {
        let Self { agent, request: Request { id, .. } } = self;
        let error = json!({ "code": code, "message": message });
        agent.send(&json!({ "jsonrpc": "2.0", "id": id, "error": error }));
    }
}

impl fmt::Debug for AgentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentRequest")
            .field("id", &self.request.id)
            .field("method", &self.request.method)
            .field("params", &self.request.params)
            .finish_non_exhaustive()
    }
}
