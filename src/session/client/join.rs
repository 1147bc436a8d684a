//! Joining a session as an extension, a program that a Copilot CLI starts for it.

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::session::config::JoinConfig;
use crate::session::connection::{Client, ClientOptions};
use crate::session::states::{Pending, Session};

const SESSION_ID: &str = "SESSION_ID";

/// Joins the session that started this program as an extension: connects to the CLI over this
/// program's own standard streams and returns the session in the state [`Pending`].
///
/// Starting it resumes the session. Unless the configuration says otherwise, there is no
/// `session.resume` event, and this client does not request permissions. The connection stays
/// open as long as the session or a clone of its [client](Session::client) exists: if the start
/// fails, dropping the error closes it.
///
/// The program must never print to its standard output, which carries the connection.
///
/// # Errors
///
/// [`NotAnExtension`](ErrorKind::NotAnExtension) when the environment variable `SESSION_ID` is
/// not set; otherwise as [`Client::start`].
///
/// # Cancel safety
///
/// Dropping the future closes the connection.
///
/// # Panics
///
/// As [`Client::start`].
pub async fn join_session(config: JoinConfig) -> Result<Session<Pending>> {
    // Checked first: without an id, this program's standard streams are no connection.
    extension_session_id()?;
    let client = Client::start(ClientOptions::parent_process()).await?;
    client.join_session(config)
}

impl Client {
    /// Joins the session that started this program as an extension, over this client's
    /// connection. Returns it in the state [`Pending`].
    ///
    /// The id comes from the environment variable `SESSION_ID`. The function [`join_session`]
    /// also makes the connection.
    ///
    /// # Errors
    ///
    /// [`NotAnExtension`](crate::ErrorKind::NotAnExtension) when that variable is not set.
    pub fn join_session(&self, config: JoinConfig) -> Result<Session<Pending>> {
        let id = extension_session_id()?;
        Ok(Session::pending(self.clone(), config.into_request(id)))
    }
}

fn extension_session_id() -> Result<SessionId> {
    match std::env::var(SESSION_ID) {
        Ok(id) if !id.is_empty() => Ok(id.into()),
        _ => Err(Error::new(
            ErrorKind::NotAnExtension,
            "`SESSION_ID` is not set; this program must be started by a Copilot CLI, as an \
             extension",
        )),
    }
}
