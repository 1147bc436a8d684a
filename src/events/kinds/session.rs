//! The session's own life.

use serde::Deserialize;

/// A new session begins: the first event of its history.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionStart {
    /// The session.
    pub session_id: String,
    /// The version of the history's format.
    pub version: i64,
    /// The program that writes the history.
    pub producer: String,
    /// Its version; "0.0.0" on some runtimes.
    pub copilot_version: String,
    /// When it began, ISO 8601.
    pub start_time: String,
    /// The model that was chosen.
    #[serde(default)]
    pub selected_model: Option<String>,
    /// Another client had the session in use at that time.
    #[serde(default)]
    pub already_in_use: Option<bool>,
}

/// A session goes on from its persisted history.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionResume {
    /// When it was resumed, ISO 8601.
    pub resume_time: String,
    /// How many events its history had.
    pub event_count: i64,
    /// Another client had the session in use at that time.
    #[serde(default)]
    pub already_in_use: Option<bool>,
    /// The session was loaded already, as far as the runtime says.
    #[serde(default)]
    pub session_was_active: Option<bool>,
    /// Work that was under way is being continued.
    #[serde(default)]
    pub continue_pending_work: Option<bool>,
}

/// The runtime unloads the session.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionShutdown {
    /// How: `routine`, `error`, or what later runtimes add.
    pub shutdown_type: String,
    /// The error, if it was one.
    #[serde(default)]
    pub error_reason: Option<String>,
}

/// Something went wrong in the session. The session itself stays usable.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionError {
    /// What sort: `query`, `authentication`, …; `notification` for an error that a client
    /// logged and that ends nothing.
    pub error_type: String,
    /// What happened.
    pub message: String,
    /// The HTTP status of the model's endpoint.
    #[serde(default)]
    pub status_code: Option<i64>,
}

/// Nothing is under way any more: the work on what was sent is done, failed or aborted.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionIdle {
    /// It ended by an abort.
    #[serde(default)]
    pub aborted: Option<bool>,
    /// The session's mode; in `autopilot` the agent goes on by itself.
    #[serde(default)]
    pub mode: Option<String>,
}

/// The work under way was aborted.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Abort {
    /// Why.
    pub reason: String,
}

/// News for the agent, such as a background task that finished.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SystemNotification {
    /// The text that the agent is given.
    pub content: String,
    /// What it is about: an object whose member `type` names the sort.
    #[serde(default)]
    pub kind: serde_json::Value,
}
