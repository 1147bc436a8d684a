//! What hooks give back. `default()` changes nothing.

use serde::Serialize;
use serde_json::{Value, json};

use crate::session::handlers::tool::ToolOutput;

/// Whether a tool may run, and with which arguments. By default the runtime decides as without a hook.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct PreToolUseOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_decision_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified_args: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_context: Option<String>,
}

impl PreToolUseOutput {
    /// The tool runs, and nobody is asked for permission.
    pub fn allow() -> Self {
        Self { permission_decision: Some("allow"), ..Self::default() }
    }

    /// The tool does not run. The model reads the reason.
    pub fn deny(reason: impl Into<String>) -> Self {
        let permission_decision_reason = Some(reason.into());
        let permission_decision = Some("deny");
        Self { permission_decision, permission_decision_reason, ..Self::default() }
    }

    /// Whoever decides about permissions is asked, even where the runtime would not.
    pub fn ask() -> Self {
        Self { permission_decision: Some("ask"), ..Self::default() }
    }

    /// Other arguments for the tool.
    pub fn modified_args(mut self, arguments: Value) -> Self {
        self.modified_args = Some(arguments);
        self
    }

    /// A text that the model reads beside.
    pub fn additional_context(mut self, text: impl Into<String>) -> Self {
        self.additional_context = Some(text.into());
        self
    }
}

/// What the model gets of a tool that has succeeded. By default, what the tool gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct PostToolUseOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    modified_result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_context: Option<String>,
}

impl PostToolUseOutput {
    /// Another result.
    pub fn modified_result(mut self, result: impl Into<ToolOutput>) -> Self {
        self.modified_result = Some(json!(result.into()));
        self
    }

    /// A text that the model reads beside.
    pub fn additional_context(mut self, text: impl Into<String>) -> Self {
        self.additional_context = Some(text.into());
        self
    }
}

/// What the agent gets of a message. By default, the message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct UserPromptOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    modified_prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_context: Option<String>,
}

impl UserPromptOutput {
    /// Another text.
    pub fn modified_prompt(mut self, text: impl Into<String>) -> Self {
        self.modified_prompt = Some(text.into());
        self
    }

    /// A text that the model reads beside.
    pub fn additional_context(mut self, text: impl Into<String>) -> Self {
        self.additional_context = Some(text.into());
        self
    }
}

/// A text that the model reads beside. By default, none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct HookContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_context: Option<String>,
}

impl HookContext {
    /// This text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { additional_context: Some(text.into()) }
    }
}

/// Whether the agent stops. By default, it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct AgentStopOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl AgentStopOutput {
    /// It goes on, with this text as its next message.
    pub fn go_on(message: impl Into<String>) -> Self {
        Self { decision: Some("block"), reason: Some(message.into()) }
    }
}
