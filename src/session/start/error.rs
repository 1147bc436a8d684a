//! The error of a start, which gives the session back.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::session::states::{Pending, Session};

/// A session could not be started. It is given back: [`into_pending`](Self::into_pending)
/// has its subscribers still, and can be started again, under the same id.
///
/// Kinds to expect: [`SessionInUse`](ErrorKind::SessionInUse),
/// [`SessionNotFound`](ErrorKind::SessionNotFound) (resume),
/// [`SessionMismatch`](ErrorKind::SessionMismatch),
/// [`InvalidInput`](ErrorKind::InvalidInput), [`Rpc`](ErrorKind::Rpc),
/// [`InvalidResponse`](ErrorKind::InvalidResponse), and [`Closed`](ErrorKind::Closed) when
/// the connection ended: another try then needs a new client.
pub struct StartError {
    pub(super) error: Error,
    pub(super) session: Box<Session<Pending>>,
}

impl StartError {
    /// What sort of error it is.
    pub fn kind(&self) -> &ErrorKind {
        self.error.kind()
    }

    /// The error.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The session, ready for another try.
    pub fn into_pending(self) -> Session<Pending> {
        *self.session
    }

    /// The error and the session.
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
