//! The ends of a session that this program asks for.

use std::fmt;

use serde_json::json;

use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::session::active::Active;
use crate::session::closed::Closed;
use crate::session::state::Session;
use crate::session::wire::Success;

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
        self.core.begin_ending(CloseReason::Disconnected);
        let detached = match self.close_reason() {
            Some(_) => Ok(()),
            None => self.client.inner().detach(self.id()).await,
        };
        self.end(CloseReason::Disconnected, detached)
    }

    /// Deletes the session with its history from the disk, and closes its log.
    ///
    /// # Errors
    ///
    /// As [`disconnect`](Self::disconnect); also when the runtime does not delete it.
    pub async fn delete(self) -> Result<Session<Closed>, DisconnectError> {
        self.core.begin_ending(CloseReason::Deleted);
        let params = json!({ "sessionId": self.id() });
        let deleted = self.client.inner().call::<Success>("session.delete", &params).await;
        let deleted = deleted.and_then(|deleted| {
            deleted.success.then_some(()).ok_or_else(|| {
                Error::new(
                    ErrorKind::SessionNotFound,
                    "the runtime has nothing on the disk to delete for the session",
                )
            })
        });
        self.end(CloseReason::Deleted, deleted)
    }

    fn end(
        self,
        reason: CloseReason,
        outcome: Result<()>,
    ) -> Result<Session<Closed>, DisconnectError> {
        let Self { client, core, state: Active { lease, .. } } = self;
        let id = lease.id.clone();
        lease.release(reason.clone());
        let reason = core.log().close_reason().unwrap_or(reason);
        let session = Session { client, core, state: Closed { id, reason } };
        match outcome {
            Ok(()) => Ok(session),
            Err(error) => Err(DisconnectError { error, session: Box::new(session) }),
        }
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
