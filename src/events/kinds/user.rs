//! What the user says.

use serde::Deserialize;

/// A message of the user as the agent takes it up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserMessage {
    /// The text.
    pub content: String,
    /// The id that `send` returned for it; older runtimes leave it out.
    #[serde(default)]
    pub message_id: Option<String>,
    /// Where it came from, if not from a user.
    #[serde(default)]
    pub source: Option<String>,
    /// How it was taken up: `idle`, `queued` or `steering`.
    #[serde(default)]
    pub delivery: Option<String>,
    /// Groups the turns that answer it.
    #[serde(default)]
    pub interaction_id: Option<String>,
}
