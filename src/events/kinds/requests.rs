//! What the runtime asks of its clients.

use serde::Deserialize;

/// A tool that a client offers is to be run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExternalToolRequested {
    /// Names the request in the answer. The runtime may send the same request in two
    /// events.
    pub request_id: String,
    /// The call, as the model numbered it.
    pub tool_call_id: String,
    /// The tool.
    pub tool_name: String,
    /// Its arguments; null if it takes none.
    #[serde(default)]
    pub arguments: serde_json::Value,
    /// Where the session works.
    #[serde(default)]
    pub working_directory: Option<String>,
}

/// Something needs the user's permission.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PermissionRequested {
    /// Names the request in the answer.
    pub request_id: String,
    /// What is asked for; its member `kind` says of which sort it is.
    #[serde(default)]
    pub permission_request: serde_json::Value,
    /// A hook has answered already: nothing is left to do.
    #[serde(default)]
    pub resolved_by_hook: Option<bool>,
}
