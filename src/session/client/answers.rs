//! The runtime's answers to a client's queries, and the filter of sessions.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::SessionId;

/// The runtime's answer to [`Client::ping`](crate::Client::ping).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pong {
    /// `pong: ` and the message that was sent.
    pub message: String,
    /// The runtime's time. The form differs between runtimes.
    #[serde(default)]
    pub timestamp: Value,
    /// The version of the protocol that the runtime speaks.
    pub protocol_version: Option<u64>,
}

/// The runtime's version and protocol, from [`Client::status`](crate::Client::status).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Status {
    /// The runtime's version.
    pub version: String,
    /// The version of the protocol that the runtime speaks.
    pub protocol_version: u64,
}

/// Whether a GitHub user is signed in, from
/// [`Client::auth_status`](crate::Client::auth_status).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthStatus {
    /// Whether a user is signed in.
    pub is_authenticated: bool,
    /// How the user is signed in, such as `user` or `env`.
    pub auth_type: Option<String>,
    /// The user's GitHub login.
    pub login: Option<String>,
    /// The status in words, for people.
    pub status_message: Option<String>,
}

/// A persisted session: its id, times, title and place, from
/// [`Client::list_sessions`](crate::Client::list_sessions).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionMetadata {
    /// The session's id, by which it can be resumed.
    pub session_id: SessionId,
    /// When the session was created, in ISO 8601.
    pub start_time: Option<String>,
    /// When the session last changed, in ISO 8601.
    pub modified_time: Option<String>,
    /// The session's title.
    pub summary: Option<String>,
    /// Whether the session runs on another machine.
    #[serde(default)]
    pub is_remote: bool,
    /// The directory and repository that the session works in.
    #[serde(default)]
    pub context: Option<SessionContext>,
}

/// The directory and repository that a session works in, in [`SessionMetadata`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionContext {
    /// The working directory.
    pub cwd: Option<String>,
    /// The root directory of the git repository that contains the working directory.
    pub git_root: Option<String>,
    /// The repository's name, such as `owner/name`.
    pub repository: Option<String>,
    /// The git branch.
    pub branch: Option<String>,
}

/// A filter for [`Client::find_sessions`](crate::Client::find_sessions). A session matches if
/// it matches every criterion that is set; an empty filter matches all.
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
    /// A filter that matches all sessions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Matches sessions that work in this directory.
    pub fn working_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cwd = Some(directory.into());
        self
    }

    /// Matches sessions that work in the git repository with this root directory.
    pub fn git_root(mut self, root: impl Into<PathBuf>) -> Self {
        self.git_root = Some(root.into());
        self
    }

    /// Matches sessions that work in this repository, `owner/name`.
    pub fn repository(mut self, repository: impl Into<String>) -> Self {
        self.repository = Some(repository.into());
        self
    }

    /// Matches sessions that work on this git branch.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }
}

#[derive(Deserialize)]
pub(super) struct SessionListAnswer {
    pub(super) sessions: Vec<SessionMetadata>,
}

#[derive(Deserialize)]
pub(super) struct MetadataAnswer {
    pub(super) session: Option<SessionMetadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionIdAnswer {
    pub(super) session_id: Option<SessionId>,
}
