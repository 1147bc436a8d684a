//! Disconnecting and deleting a session: from active to closed.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::session::connection::Client;
use crate::session::core::{InsideEnding, SessionView};
use crate::session::ending::drain;
use crate::session::states::active::Active;
use crate::session::states::closed::Closed;
use crate::session::states::session::Session;

impl Session<Active> {
    /// Detaches from the session and closes its log with [`CloseReason::Disconnected`](crate::CloseReason::Disconnected).
    ///
    /// Waits for the runtime's answer, for at most
    /// [`stop_answer_timeout`](crate::ClientOptions::stop_answer_timeout); events that arrive before it
    /// are in the log. Then waits until the event handlers have handled what is in the log, for at most
    /// [`drain_timeout`](crate::ClientOptions::drain_timeout):
    /// [`unhandled`](Session::unhandled) counts what they have not. A handler of this session may call this:
    /// it waits for the others and not for its caller, which goes on afterwards. One that waits for a task of
    /// its own which calls this waits as long as that. The session's history stays on the disk, and the session can be resumed by
    /// its id. Its other clients are not affected. If it has none, the runtime unloads the
    /// session and stops work under way.
    ///
    /// A session that has ended already keeps its reason, and nothing is sent.
    ///
    /// # Errors
    ///
    /// [`DisconnectError`] when the runtime could not be reached or refused, or did not answer in time
    /// ([`TimedOut`](ErrorKind::TimedOut)). The session is closed all the same and is in the error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the session: its log is closed with [`CloseReason::Dropped`](crate::CloseReason::Dropped)
    /// and it is detached without waiting. Once its log is closed, only the waiting for handlers ends.
    pub async fn disconnect(self) -> Result<Session<Closed>, DisconnectError> {
        let _inside = InsideEnding::begin(&self.view.core.event_handlers());
        let Self { view, state } = self;
        let (id, client) = (state.guard.id().clone(), state.guard.client().clone());
        let detached = state.guard.disconnect().await;
        closed(view, id, &client, detached).await
    }

    /// Deletes the session with its persisted history, and closes its log with
    /// [`CloseReason::Deleted`](crate::CloseReason::Deleted).
    ///
    /// Waits for the runtime's answer and for the event handlers, each for as long as
    /// [`disconnect`](Self::disconnect) does. A session that has ended can still be deleted, unless this
    /// client has another with its id by now.
    ///
    /// # Errors
    ///
    /// [`DisconnectError`] when the runtime could not be reached or refused or did not answer in time
    /// ([`TimedOut`](ErrorKind::TimedOut)), with
    /// [`SessionNotFound`](ErrorKind::SessionNotFound) when it had nothing to delete, and with
    /// [`Closed`](ErrorKind::Closed), having sent nothing, when another session has the id. The
    /// session is closed all the same, with [`CloseReason::Disconnected`](crate::CloseReason::Disconnected), and is in the error.
    /// One that had ended before keeps its reason, here and after a success.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the session, as with [`disconnect`](Self::disconnect); the
    /// runtime may still delete it.
    pub async fn delete(self) -> Result<Session<Closed>, DisconnectError> {
        let _inside = InsideEnding::begin(&self.view.core.event_handlers());
        let Self { view, state } = self;
        let (id, client) = (state.guard.id().clone(), state.guard.client().clone());
        let deleted = state.guard.delete().await;
        closed(view, id, &client, deleted).await
    }
}

/// The closed session, once its event handlers are done; in the error if the runtime did not confirm.
async fn closed(
    view: SessionView,
    id: SessionId,
    client: &Client,
    outcome: Result<()>,
) -> Result<Session<Closed>, DisconnectError> {
    let left = drain(client.core(), &view.core.event_handlers()).await;
    let unhandled = left.iter().map(|it| it.events).sum();
    let session = Session::closed(view, id, unhandled);
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
