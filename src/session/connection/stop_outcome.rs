//! What a stop of a client comes to: `StopError`, the errors of its steps.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};

/// The outcome of a stop. `Client::stop`s at the same time share it.
pub(in crate::session) type StopOutcome = Result<(), StopError>;

/// The error of [`Client::stop`](crate::Client::stop): the client is stopped, but some steps failed.
#[derive(Clone, Debug)]
pub struct StopError {
    errors: Arc<[Error]>,
}

impl StopError {
    pub(in crate::session) fn new(errors: Vec<Error>) -> Self {
        Self { errors: errors.into() }
    }

    /// The errors of all failed steps, in the order of the steps.
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }
}

impl fmt::Display for StopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client is stopped, but some steps failed: ")?;
        for (index, error) in self.errors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for StopError {}

impl From<StopError> for Error {
    fn from(error: StopError) -> Self {
        Self::new(ErrorKind::Stop, "the client is stopped, but some steps of it failed")
            .with_source(error)
    }
}
