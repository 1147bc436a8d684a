//! `Capabilities`: what the runtime and the clients of a session support.

use serde::Deserialize;

use crate::events::kinds::CapabilitiesChanged;

/// What the runtime and the clients of a session support: what the runtime reported at the start,
/// with the changes since (`capabilities.changed`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// What the user interfaces of the session's clients support.
    #[serde(default)]
    pub ui: UiCapabilities,
    /// Whether extensions are loaded.
    #[serde(default)]
    pub extensions: bool,
}

impl Capabilities {
    /// Takes over what an event says has changed.
    pub(super) fn change(&mut self, changed: &CapabilitiesChanged) {
        let Some(ui) = &changed.ui else { return };
        for (now, new) in [
            (&mut self.ui.elicitation, ui.elicitation),
            (&mut self.ui.mcp_apps, ui.mcp_apps),
            (&mut self.ui.canvases, ui.canvases),
        ] {
            *now = new.unwrap_or(*now);
        }
    }
}

/// What the user interfaces of a session's clients support, in [`Capabilities`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
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
