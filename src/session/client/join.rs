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
    /// [`NotAnExtension`](crate::ErrorKind::NotAnExtension) when that variable names no session.
    pub fn join_session(&self, config: JoinConfig) -> Result<Session<Pending>> {
        let id = extension_session_id()?;
        Ok(Session::pending(self.clone(), config.into_request(id)))
    }
}

/// The session that this program was started to join.
fn extension_session_id() -> Result<SessionId> {
    named_by(std::env::var(SESSION_ID).ok())
}

/// The session that the variable names.
fn named_by(value: Option<String>) -> Result<SessionId> {
    value.filter(|id| !id.is_empty()).map(SessionId::from).ok_or_else(|| {
        Error::new(
            ErrorKind::NotAnExtension,
            "`SESSION_ID` names no session; this program must be started by a Copilot CLI, as \
             an extension",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_names_no_session() {
        assert_eq!(named_by(Some("s".into())).unwrap().as_str(), "s");
        for value in [None, Some(String::new())] {
            let error = named_by(value).unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::NotAnExtension);
        }
    }
}
