//! Starting a session where it is: in an `AnySession`.

use crate::error::{Error, Result};
use crate::session::start::Start;
use crate::session::states::AnySession;

impl AnySession {
    /// Starts the session in place, if it is pending; does nothing if it is active.
    ///
    /// # Errors
    ///
    /// Those of [`Session::start`](crate::Session::start): the session is pending as before, and can be
    /// started again. [`Closed`](crate::ErrorKind::Closed) for a closed session.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the start; the session is pending as before.
    pub async fn start(&mut self) -> Result<()> {
        let pending = match self.take() {
            Self::Pending(pending) => pending,
            other => {
                *self = other;
                return match self.close_reason() {
                    Some(reason) => Err(Error::closed(reason)),
                    None => Ok(()),
                };
            }
        };
        let mut starting = Starting { session: self, start: Some(pending.start()) };
        // It is there until it is done.
        let Some(start) = &mut starting.start else { return Ok(()) };
        let started = start.await;
        starting.start = None;
        match started {
            Ok(active) => {
                *starting.session = Self::Active(active);
                Ok(())
            }
            Err(error) => {
                let (error, pending) = error.into_parts();
                *starting.session = Self::Pending(pending);
                Err(error)
            }
        }
    }
}

/// A start under way, which is cancelled when it is dropped.
struct Starting<'a> {
    session: &'a mut AnySession,
    start: Option<Start>,
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        if let Some(start) = self.start.take() {
            *self.session = AnySession::Pending(start.cancel());
        }
    }
}
