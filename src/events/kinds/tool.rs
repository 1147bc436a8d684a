//! Tools at work.

use serde::Deserialize;

/// A tool begins to run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolExecutionStart {
    /// The call; its end carries the same.
    pub tool_call_id: String,
    /// The tool.
    pub tool_name: String,
    /// Its arguments; null if it takes none.
    #[serde(default)]
    pub arguments: serde_json::Value,
    /// The MCP server that offers it.
    #[serde(default)]
    pub mcp_server_name: Option<String>,
    /// The tool call whose sub-agent runs it.
    #[serde(default)]
    pub parent_tool_call_id: Option<String>,
}

/// A tool has run. After an abort, tools in flight never get here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolExecutionComplete {
    /// The call.
    pub tool_call_id: String,
    /// Whether it succeeded.
    pub success: bool,
    /// Its result; null if it failed.
    #[serde(default)]
    pub result: serde_json::Value,
    /// Its error; null if it succeeded.
    #[serde(default)]
    pub error: serde_json::Value,
    /// The tool call whose sub-agent ran it.
    #[serde(default)]
    pub parent_tool_call_id: Option<String>,
}
