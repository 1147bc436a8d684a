//! What the runtime answers to the questions of a client.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::SessionId;

/// The answer to a `ping`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pong {
    /// `pong: ` and what was asked.
    pub message: String,
    /// The runtime's time, in whatever form it has.
    #[serde(default)]
    pub timestamp: Value,
    /// The version of the protocol that it speaks.
    pub protocol_version: Option<u64>,
}

/// The runtime's version and protocol.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Status {
    /// The runtime's version.
    pub version: String,
    /// The version of the protocol that it speaks.
    pub protocol_version: u64,
}

/// Whether a user is signed in.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthStatus {
    /// Whether a user is signed in.
    pub is_authenticated: bool,
    /// How, such as `user` or `env`.
    pub auth_type: Option<String>,
    /// The user's name.
    pub login: Option<String>,
    /// The same in words.
    pub status_message: Option<String>,
}

/// What the runtime knows of a persisted session.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionMetadata {
    /// The session.
    pub session_id: SessionId,
    /// When it began, ISO 8601.
    pub start_time: Option<String>,
    /// When it changed last, ISO 8601.
    pub modified_time: Option<String>,
    /// Its title.
    pub summary: Option<String>,
    /// Whether it runs elsewhere.
    #[serde(default)]
    pub is_remote: bool,
    /// Where it worked.
    #[serde(default)]
    pub context: Option<SessionContext>,
}

/// Where a session worked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionContext {
    /// The directory.
    pub cwd: Option<String>,
    /// The root of the repository that the directory is in.
    pub git_root: Option<String>,
    /// The repository, such as `owner/name`.
    pub repository: Option<String>,
    /// The branch.
    pub branch: Option<String>,
}

/// Which sessions are asked for: those that match in all that is set.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct SessionFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    cwd: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    git_root: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
}

impl SessionFilter {
    /// All sessions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those that worked in this directory.
    pub fn working_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cwd = Some(directory.into());
        self
    }

    /// Those that worked in the repository with this root.
    pub fn git_root(mut self, root: impl Into<PathBuf>) -> Self {
        self.git_root = Some(root.into());
        self
    }

    /// Those that worked in this repository: `owner/name`.
    pub fn repository(mut self, repository: impl Into<String>) -> Self {
        self.repository = Some(repository.into());
        self
    }

    /// Those that worked on this branch.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }
}

#[derive(Deserialize)]
pub(super) struct SessionList {
    pub(super) sessions: Vec<SessionMetadata>,
}

#[derive(Deserialize)]
pub(super) struct FoundSession {
    pub(super) session: Option<SessionMetadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NamedSession {
    pub(super) session_id: Option<SessionId>,
}
