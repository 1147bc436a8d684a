//! What a session can do, as the runtime reported it.

use serde::Deserialize;

/// What the runtime and the clients of a session can do together.
#[derive(Clone, Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// What the clients' user interfaces can do.
    #[serde(default)]
    pub ui: UiCapabilities,
    /// Whether extensions are loaded.
    #[serde(default)]
    pub extensions: bool,
}

/// What the clients' user interfaces can do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UiCapabilities {
    /// Some client asks the user for structured input.
    #[serde(default)]
    pub elicitation: bool,
    /// Some client shows MCP apps.
    #[serde(default)]
    pub mcp_apps: bool,
    /// Some client shows canvases.
    #[serde(default)]
    pub canvases: bool,
}
