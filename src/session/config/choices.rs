//! Options with a fixed set of values.

use serde::Serialize;

/// Where cached data or tokens are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Storage {
    /// On disk or in the system's keychain, shared by sessions.
    Persistent,
    /// In memory, for this session only.
    InMemory,
}

/// What a session sends to GitHub for remote viewing and control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RemoteSession {
    /// Nothing: the session is local.
    Off,
    /// Its events, without remote control.
    Export,
    /// Its events, and the session can be steered from GitHub.
    On,
}

/// How the built-in tool `ask_user` asks the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AskUserVariant {
    /// A question with choices, as a `userInput.request` call.
    Legacy,
    /// A form, as an elicitation.
    Elicitation,
}
