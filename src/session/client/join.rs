//! Extensions: programs that a Copilot CLI starts, which join its session.

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::session::config::JoinConfig;
use crate::session::connection::{Client, ClientOptions};
use crate::session::states::{Pending, Session};

const SESSION_ID: &str = "SESSION_ID";

/// Connects an extension to the CLI that started it, over this program's own standard
/// streams, and gives the session that it was started for.
///
/// Starting it resumes the session without a `session.resume` event and without asking for
/// permissions, unless the configuration says otherwise. The connection lives as long as
/// the session, or a clone of its [client](Session::client): if the start fails, dropping
/// the error ends it.
///
/// An extension must never print to its standard output.
///
/// # Errors
///
/// [`NotAnExtension`](ErrorKind::NotAnExtension) when `SESSION_ID` is not set; otherwise as
/// [`Client::start`].
pub async fn join_session(config: JoinConfig) -> Result<Session<Pending>> {
    // Asked first: without it, this program's streams are no connection.
    session_id()?;
    let client = Client::start(ClientOptions::parent_process()).await?;
    client.join_session(config)
}

impl Client {
    /// The session that started this program as an extension; named by `SESSION_ID` in
    /// the environment. [`join_session`] also makes the connection.
    ///
    /// # Errors
    ///
    /// [`NotAnExtension`](crate::ErrorKind::NotAnExtension) without that variable.
    pub fn join_session(&self, config: JoinConfig) -> Result<Session<Pending>> {
        let id = session_id()?;
        Ok(Session::pending(self.clone(), config.into_request(id)))
    }
}

fn session_id() -> Result<SessionId> {
    match std::env::var(SESSION_ID) {
        Ok(id) if !id.is_empty() => Ok(id.into()),
        _ => Err(Error::new(
            ErrorKind::NotAnExtension,
            "`SESSION_ID` is not set: this program is to be started by a Copilot CLI, as an \
             extension",
        )),
    }
}
