//! Settings that are small objects or fixed words.

use std::path::PathBuf;

use serde::Serialize;

use crate::session::config::setters::members;

/// How a long conversation is kept within the model's context.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct InfiniteSessions {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    background_compaction_threshold: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buffer_exhaustion_threshold: Option<f64>,
}

impl InfiniteSessions {
    /// The runtime's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    members! {
        /// Whether the conversation is compacted at all; yes unless set.
        value enabled(bool);
        /// The part of the context, from 0 to 1, at which it is compacted in the
        /// background.
        value background_compaction_threshold(f64);
        /// The part of the context, from 0 to 1, at which work waits for the compaction.
        value buffer_exhaustion_threshold(f64);
    }
}

/// What becomes of a tool's output that is too large for the model.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct LargeOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dir: Option<PathBuf>,
}

impl LargeOutput {
    /// The runtime's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    members! {
        /// Whether it goes to a file, of which the model is told; yes unless set.
        value enabled(bool);
        /// From how many bytes on.
        value max_size_bytes(u64);
    }

    /// The directory of these files; the system's for temporary files unless set.
    pub fn output_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.output_dir = Some(directory.into());
        self
    }
}

/// When tools are kept from the model until it searches for them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct ToolSearch {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    defer_threshold: Option<u64>,
}

impl ToolSearch {
    /// The runtime's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    members! {
        /// Whether that is done at all.
        value enabled(bool);
        /// From how many tools on.
        value defer_threshold(u64);
    }
}

/// Where something outlives the session, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Storage {
    /// It is kept, and shared by sessions.
    Persistent,
    /// It is gone with the session.
    InMemory,
}

/// What of a session goes to GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RemoteSession {
    /// Nothing.
    Off,
    /// Its events.
    Export,
    /// Its events, and it can be steered from there.
    On,
}

/// How the built-in tool `ask_user` asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AskUserVariant {
    /// A question and choices, by `userInput.request`.
    Legacy,
    /// A form, by an elicitation.
    Elicitation,
}
