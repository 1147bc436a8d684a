//! From active to closed: disconnecting and deleting a session.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::connection::Client;
use crate::session::core::SessionCore;
use crate::session::states::active::Active;
use crate::session::states::closed::Closed;
use crate::session::states::session::Session;

impl Session<Active> {
    /// Detaches from the session and closes its log. The history stays on the disk: the
    /// session can be resumed by its id. Other clients of it are not affected; when this
    /// is the last one, the runtime unloads the session and cuts work under way.
    ///
    /// A session that has been closed already is given back closed, with the reason from
    /// then.
    ///
    /// # Errors
    ///
    /// If the runtime could not be told. The session is closed here all the same and comes
    /// with the error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the session, which detaches it without waiting.
    pub async fn disconnect(self) -> Result<Session<Closed>, DisconnectError> {
        let Self { client, core, state } = self;
        let id = state.guard.id().clone();
        let detached = state.guard.disconnect().await;
        closed(client, core, id, CloseReason::Disconnected, detached)
    }

    /// Deletes the session with its history from the disk, and closes its log.
    ///
    /// # Errors
    ///
    /// As [`disconnect`](Self::disconnect); also when the runtime does not delete it.
    pub async fn delete(self) -> Result<Session<Closed>, DisconnectError> {
        let Self { client, core, state } = self;
        let id = state.guard.id().clone();
        let deleted = state.guard.delete().await;
        closed(client, core, id, CloseReason::Deleted, deleted)
    }
}

/// The session whose log has been closed; the first reason counts, which may not be the one
/// that was `asked` for.
fn closed(
    client: Client,
    core: Arc<SessionCore>,
    id: SessionId,
    asked: CloseReason,
    outcome: Result<()>,
) -> Result<Session<Closed>, DisconnectError> {
    let reason = core.log().close_reason().unwrap_or(asked);
    let session = Session { client, core, state: Closed { id, reason } };
    match outcome {
        Ok(()) => Ok(session),
        Err(error) => Err(DisconnectError { error, session: Box::new(session) }),
    }
}

/// The runtime could not be told of a session's end. The session is closed all the same.
#[derive(Debug)]
pub struct DisconnectError {
    error: Error,
    session: Box<Session<Closed>>,
}

impl DisconnectError {
    /// What sort of error it is.
    pub fn kind(&self) -> &ErrorKind {
        self.error.kind()
    }

    /// The session, closed.
    pub fn into_closed(self) -> Session<Closed> {
        *self.session
    }

    /// The error and the session.
    pub fn into_parts(self) -> (Error, Session<Closed>) {
        (self.error, *self.session)
    }
}

impl From<DisconnectError> for Error {
    /// The error alone; the session is dropped.
    fn from(error: DisconnectError) -> Self {
        error.error
    }
}

impl fmt::Display for DisconnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for DisconnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
