//! `Capabilities`: what the runtime and the clients of a session support.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::events::kinds::CapabilitiesChanged;

/// What the runtime and the clients of a session support: what the runtime reported at the start,
/// with the changes since (`capabilities.changed`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// What the user interfaces of the session's clients support.
    #[serde(default, deserialize_with = "or_default")]
    pub ui: UiCapabilities,
    /// Whether extensions are loaded.
    #[serde(default, deserialize_with = "or_default")]
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
    #[serde(default, deserialize_with = "or_default")]
    pub elicitation: bool,
    /// At least one client shows MCP apps.
    #[serde(default, deserialize_with = "or_default")]
    pub mcp_apps: bool,
    /// At least one client shows canvases.
    #[serde(default, deserialize_with = "or_default")]
    pub canvases: bool,
}

/// A member of another type counts as not there, and costs no other.
fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: DeserializeOwned + Default,
    D: Deserializer<'de>,
{
    let json = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(json.get()).unwrap_or_default())
}
