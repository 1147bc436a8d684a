//! What a stop of a client comes to: `StopReport`, and `StopError` with the errors of its steps.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::ids::SessionId;

/// The outcome of a stop. `Client::stop`s at the same time share it.
pub(in crate::session) type StopOutcome = Result<StopReport, StopError>;

/// What [`Client::stop`](crate::Client::stop) has left undone: how many events the event handlers had not
/// handled when the time for that was over.
#[derive(Clone, Debug, Default)]
pub struct StopReport {
    unhandled: u64,
    sessions: Arc<[(SessionId, u64)]>,
}

/// The error of [`Client::stop`](crate::Client::stop): the client is stopped, but some steps failed.
#[derive(Clone, Debug)]
pub struct StopError {
    errors: Arc<[Error]>,
    report: StopReport,
}

impl StopReport {
    /// `unhandled`: the number of events that each handler has not handled, by its session.
    pub(in crate::session) fn new(
        unhandled: impl IntoIterator<Item = (Option<SessionId>, u64)>,
    ) -> Self {
        let mut sessions = HashMap::<SessionId, u64>::new();
        let mut total = 0;
        for (session, events) in unhandled {
            total += events;
            if let Some(session) = session.filter(|_| events > 0) {
                *sessions.entry(session).or_default() += events;
            }
        }
        Self { unhandled: total, sessions: sessions.into_iter().collect() }
    }

    /// The number of events that handlers had not handled, over all sessions; an event counts once for
    /// each handler. 0 if every handler has handled everything.
    pub fn unhandled(&self) -> u64 {
        self.unhandled
    }

    /// The sessions with such events, and their number, in no order.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = (&SessionId, u64)> {
        self.sessions.iter().map(|(session, events)| (session, *events))
    }
}

impl StopError {
    pub(in crate::session) fn new(errors: Vec<Error>, report: StopReport) -> Self {
        Self { errors: errors.into(), report }
    }

    /// The errors of all failed steps, in the order of the steps.
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }

    /// What the stop has left undone.
    pub fn report(&self) -> &StopReport {
        &self.report
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
