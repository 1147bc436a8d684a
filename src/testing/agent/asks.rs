//! What a runtime asks of a session: calls of tools, and permissions.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::testing::agent::ScriptedAgent;
use crate::testing::event::AgentEvent;

impl ScriptedAgent {
    /// Calls a tool of the session as the model would, and returns what the client answers: the result
    /// that the model reads is its `textResultForLlm`.
    ///
    /// ```
    /// use copilot_sessions::testing::ScriptedAgent;
    /// use copilot_sessions::{ClientOptions, SessionConfig, Tool};
    /// use serde_json::{Value, json};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let agent = ScriptedAgent::new();
    /// let client = agent.connect(ClientOptions::new()).await?;
    /// let shout = Tool::new("shout")
    ///     .handle(async |words: Value, _| Ok(words["text"].to_string().to_uppercase()));
    /// let session = client.create_session(SessionConfig::new().tool(shout)).await?;
    ///
    /// let result = agent.call_tool(session.id(), "shout", json!({ "text": "hi" })).await;
    /// assert_eq!(result["textResultForLlm"], r#""HI""#);
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the call open.
    ///
    /// # Panics
    ///
    /// When the connection ends before the answer. Without a handler of this tool it waits for ever.
    pub async fn call_tool(
        &self,
        session: impl AsRef<str>,
        tool: &str,
        arguments: Value,
    ) -> Value {
        let data = json!({
            "sessionId": session.as_ref(), "toolCallId": Uuid::new_v4().to_string(),
            "toolName": tool, "arguments": arguments,
        });
        let method = "session.tools.handlePendingToolCall";
        self.ask(session.as_ref(), "external_tool.requested", data, method).await
    }

    /// Asks for a permission as a tool would, and returns the decision: its `kind` is `approve-once`,
    /// `reject` and so on. `details` are those of a
    /// [`PermissionRequest`](crate::events::kinds::PermissionRequest), as JSON.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the request open.
    ///
    /// # Panics
    ///
    /// When the connection ends before the answer. Without a handler of permissions it waits for ever.
    pub async fn ask_permission(&self, session: impl AsRef<str>, details: Value) -> Value {
        let method = "session.permissions.handlePendingPermissionRequest";
        let data = json!({ "permissionRequest": details });
        self.ask(session.as_ref(), "permission.requested", data, method).await
    }

    async fn ask(&self, session: &str, kind: &str, mut data: Value, method: &str) -> Value {
        let request = json!(Uuid::new_v4().to_string());
        if let Some(data) = data.as_object_mut() {
            data.insert("requestId".into(), request.clone());
        }
        self.emit(session, AgentEvent::new(kind).data(data));
        let answered = self.core.when(|state| {
            let answers = state.received.iter().filter(|received| received.method == method);
            let mut results = answers
                .filter(|answer| answer.params.get("requestId") == Some(&request))
                .map(|answer| answer.params.get("result").cloned().unwrap_or_default());
            results.next()
        });
        answered
            .await
            .unwrap_or_else(|| panic!("the connection ended before `{method}` arrived"))
    }
}
