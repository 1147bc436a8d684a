//! What the assistant says.

use serde::Deserialize;

/// A complete message of the assistant: the truth of which deltas are previews.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AssistantMessage {
    /// The message's id; its deltas carry the same.
    pub message_id: String,
    /// The user message that it answers, as `send` returned it.
    #[serde(default)]
    pub originating_message_id: Option<String>,
    /// The model that wrote it.
    #[serde(default)]
    pub model: Option<String>,
    /// The whole text; empty when the message only asks for tools.
    pub content: String,
    /// The tools that it asks for.
    #[serde(default)]
    pub tool_requests: Option<Vec<serde_json::Value>>,
    /// The reasoning, where the model shows it.
    #[serde(default)]
    pub reasoning_text: Option<String>,
    /// Groups the turns of one user message.
    #[serde(default)]
    pub interaction_id: Option<String>,
    /// The tool call whose sub-agent wrote it.
    #[serde(default)]
    pub parent_tool_call_id: Option<String>,
}

/// A piece of a message while it is being written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AssistantMessageDelta {
    /// The message it belongs to. After a retry of the runtime the text begins again under
    /// a new id, and the old one is never completed.
    pub message_id: String,
    /// The text to append.
    pub delta_content: String,
    /// The tool call whose sub-agent writes it.
    #[serde(default)]
    pub parent_tool_call_id: Option<String>,
}

/// A piece of reasoning while it is being written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AssistantReasoningDelta {
    /// The reasoning it belongs to.
    pub reasoning_id: String,
    /// The text to append.
    pub delta_content: String,
}

/// A turn of the model begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AssistantTurnStart {
    /// The turn, counted from "0" anew for every user message.
    pub turn_id: String,
    /// Groups the turns of one user message.
    #[serde(default)]
    pub interaction_id: Option<String>,
}

/// A turn of the model ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AssistantTurnEnd {
    /// The turn that ends.
    pub turn_id: String,
}
