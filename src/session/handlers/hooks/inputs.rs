//! What hooks get. [`HookCall::input`](super::HookCall::input) has what is not named here.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A tool that is about to run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PreToolUse {
    /// The name of the tool.
    pub tool_name: String,
    /// Its arguments.
    #[serde(default)]
    pub tool_args: Value,
}

/// A tool that has succeeded.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PostToolUse {
    /// The name of the tool.
    pub tool_name: String,
    /// Its arguments.
    #[serde(default)]
    pub tool_args: Value,
    /// What it gave: `textResultForLlm` and more.
    #[serde(default)]
    pub tool_result: Value,
}

/// A tool that has failed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PostToolUseFailure {
    /// The name of the tool.
    pub tool_name: String,
    /// Its arguments.
    #[serde(default)]
    pub tool_args: Value,
    /// Why it failed.
    #[serde(default, deserialize_with = "text")]
    pub error: String,
}

/// A message that begins to be worked on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserPrompt {
    /// Its text.
    pub prompt: String,
}

/// The first message of a session begins to be worked on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionStart {
    /// How the session came about: `new`, `resume` and more.
    #[serde(default)]
    pub source: Option<String>,
    /// The text of the message.
    #[serde(default)]
    pub initial_prompt: Option<String>,
}

/// The work on a message has ended.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionEnd {
    /// Why: `complete` and more.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The agent is about to stop.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AgentStop {
    /// Why: `end_turn` and more.
    #[serde(default)]
    pub stop_reason: Option<String>,
    /// A hook has told it to go on already: do so again only with care.
    #[serde(default, rename = "stop_hook_active")]
    pub stop_hook_active: bool,
}

/// An error in the agent's work.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorOccurred {
    /// The text of the error.
    #[serde(deserialize_with = "text")]
    pub error: String,
}

/// A text, or an error object with its text in `message`.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(match &value {
        Value::String(text) => text.clone(),
        value => match value.get("message").and_then(Value::as_str) {
            Some(message) => message.to_owned(),
            None => value.to_string(),
        },
    })
}
