//! `Capabilities`: what the runtime and the clients of a session support.

use serde::Deserialize;

/// What the runtime and the clients of a session support, as the runtime reported it at the
/// start.
#[derive(Clone, Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// What the user interfaces of the session's clients support.
    #[serde(default)]
    pub ui: UiCapabilities,
    /// Whether extensions are loaded.
    #[serde(default)]
    pub extensions: bool,
}

/// What the user interfaces of a session's clients support, in [`Capabilities`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UiCapabilities {
    /// At least one client can ask the user for structured input (elicitation).
    #[serde(default)]
    pub elicitation: bool,
    /// At least one client shows MCP apps.
    #[serde(default)]
    pub mcp_apps: bool,
    /// At least one client shows canvases.
    #[serde(default)]
    pub canvases: bool,
}
