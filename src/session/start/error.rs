//! `StartError`: why a session could not be started, with the session for another try.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::session::states::{Pending, Session};

/// The error of [`Session::start`], which gives the pending session back.
///
/// [`into_pending`](Self::into_pending) returns the session with its open streams and running
/// handlers. It can be started again under the same id.
///
/// | kind | meaning |
/// |---|---|
/// | [`InvalidInput`](ErrorKind::InvalidInput) | an option can't be written as JSON, or a handler would be lost or never be called |
/// | [`SessionInUse`](ErrorKind::SessionInUse) | this client has a session with this id |
/// | [`SessionNotFound`](ErrorKind::SessionNotFound) | the runtime has no session to resume by this id |
/// | [`SessionDamaged`](ErrorKind::SessionDamaged) | the runtime can't read the file in which it stored the session |
/// | [`Rpc`](ErrorKind::Rpc) | the runtime refused |
/// | [`InvalidResponse`](ErrorKind::InvalidResponse) | the runtime's answer is malformed |
/// | [`SessionMismatch`](ErrorKind::SessionMismatch) | the runtime answered with another session's id |
/// | [`Gap`](ErrorKind::Gap) | of a cloud session: the agent's start may be among events that are missing |
/// | [`Closed`](ErrorKind::Closed) | the client was stopped, the connection ended, or the runtime ended the session during the start. After the first two only a new client can start sessions |
pub struct StartError {
    pub(super) error: Error,
    pub(super) session: Box<Session<Pending>>,
}

impl StartError {
    /// The kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        self.error.kind()
    }

    /// The error itself.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The pending session, ready for another try.
    pub fn into_pending(self) -> Session<Pending> {
        *self.session
    }

    /// The error and the pending session.
    pub fn into_parts(self) -> (Error, Session<Pending>) {
        (self.error, *self.session)
    }
}

impl From<StartError> for Error {
    /// The error alone; the session is dropped.
    fn from(error: StartError) -> Self {
        error.error
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
