//! Disconnecting and deleting a session: from active to closed.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::session::states::active::Active;
use crate::session::states::closed::Closed;
use crate::session::states::session::Session;

impl Session<Active> {
    /// Detaches from the session and closes its log with [`CloseReason::Disconnected`](crate::CloseReason::Disconnected).
    ///
    /// Waits for the runtime's answer, without a time limit; events that arrive before it are
    /// in the log. The session's history stays on the disk, and the session can be resumed by
    /// its id. Its other clients are not affected. If it has none, the runtime unloads the
    /// session and stops work under way.
    ///
    /// A session that has ended already keeps its reason, and nothing is sent.
    ///
    /// # Errors
    ///
    /// [`DisconnectError`] when the runtime could not be reached or refused. The session is
    /// closed all the same and is in the error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the session: its log is closed with [`CloseReason::Dropped`](crate::CloseReason::Dropped)
    /// and it is detached without waiting.
    pub async fn disconnect(self) -> Result<Session<Closed>, DisconnectError> {
        let Self { view, state } = self;
        let id = state.guard.id().clone();
        let detached = state.guard.disconnect().await;
        closed(Session::closed(view, id), detached)
    }

    /// Deletes the session with its persisted history, and closes its log with
    /// [`CloseReason::Deleted`](crate::CloseReason::Deleted).
    ///
    /// Waits for the runtime's answer, without a time limit.
    ///
    /// # Errors
    ///
    /// [`DisconnectError`] when the runtime could not be reached or refused, and with
    /// [`SessionNotFound`](ErrorKind::SessionNotFound) when it had nothing to delete. The
    /// session is closed all the same, with [`CloseReason::Disconnected`](crate::CloseReason::Disconnected), and is in the error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the session, as with [`disconnect`](Self::disconnect); the
    /// runtime may still delete it.
    pub async fn delete(self) -> Result<Session<Closed>, DisconnectError> {
        let Self { view, state } = self;
        let id = state.guard.id().clone();
        let deleted = state.guard.delete().await;
        closed(Session::closed(view, id), deleted)
    }
}

/// The closed session, in the error if the runtime did not confirm.
fn closed(
    session: Session<Closed>,
    outcome: Result<()>,
) -> Result<Session<Closed>, DisconnectError> {
    match outcome {
        Ok(()) => Ok(session),
        Err(error) => Err(DisconnectError { error, session: Box::new(session) }),
    }
}

/// The error of [`Session::disconnect`] and [`Session::delete`]: the runtime did not confirm.
/// The session is closed in this process all the same, and the error contains it.
#[derive(Debug)]
pub struct DisconnectError {
    error: Error,
    session: Box<Session<Closed>>,
}

impl DisconnectError {
    /// The kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        self.error.kind()
    }

    /// The closed session.
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
