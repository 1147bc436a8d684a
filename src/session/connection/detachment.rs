//! `Detachment`: the one request that detaches an activation of a session, and what came of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::events::Wakers;
use crate::session::connection::wait_group::WaitGuard;

/// A request to detach a session. Everybody who ends that activation shares it: the first sends it,
/// and all learn of the answer.
#[derive(Debug, Default)]
pub(in crate::session) struct Detachment {
    state: Mutex<State>,
    changed: Wakers,
}

#[derive(Debug, Default)]
struct State {
    outcome: Option<DetachOutcome>,
    /// Set when nobody waits for the answer: makes `Client::stop` do so.
    background: Option<WaitGuard>,
}

/// What came of a [`Detachment`].
#[derive(Clone, Debug)]
pub(in crate::session) enum DetachOutcome {
    /// `Ok` if the session is detached.
    Answered(Result<()>),
    /// It was given up before it was sent, or the connection has ended before the answer.
    Unsent,
}

/// Whether the caller sends the request.
pub(in crate::session) enum DetachRole {
    /// The caller's.
    First,
    /// It was another's.
    Later,
}

impl Detachment {
    /// Records the outcome; the first counts. Returns what [`leave`](Self::leave) gave: then nobody
    /// waits.
    pub(in crate::session) fn finish(&self, outcome: DetachOutcome) -> Option<WaitGuard> {
        let background = {
            let mut state = self.lock();
            if state.outcome.is_some() {
                return None;
            }
            state.outcome = Some(outcome);
            state.background.take()
        };
        self.changed.wake_all();
        background
    }

    /// Leaves the request to itself: nobody waits for its answer but `Client::stop`.
    pub(in crate::session) fn leave(&self, background: WaitGuard) {
        let mut state = self.lock();
        let replaced = match state.outcome {
            None => state.background.replace(background),
            Some(_) => Some(background),
        };
        drop(state);
        // Wakes a task, which is foreign code: not under the lock.
        drop(replaced);
    }

    /// Waits for the outcome.
    pub(in crate::session) async fn outcome(&self) -> DetachOutcome {
        self.changed.until(|| self.lock().outcome.clone()).await
    }

    /// Whether the next one who ends the session has nothing to send: the request is under way or has
    /// detached the session. One that failed counts if the session has ended with it.
    pub(in crate::session) fn stands(&self, is_ended: bool) -> bool {
        match &self.lock().outcome {
            None => true,
            Some(DetachOutcome::Answered(answer)) => answer.is_ok() || is_ended,
            Some(DetachOutcome::Unsent) => false,
        }
    }

    /// Whether it was answered or given up.
    pub(in crate::session) fn is_over(&self) -> bool {
        self.lock().outcome.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change under this lock can panic halfway, so a poisoned lock's state is valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    #[test]
    fn a_request_stands_until_it_has_failed() {
        let refused = || DetachOutcome::Answered(Err(Error::new(ErrorKind::TimedOut, "no")));
        // What came of it, and whether it stands while the session is open, and once it has ended.
        for (outcome, stands) in [
            (None, [true, true]),
            (Some(DetachOutcome::Answered(Ok(()))), [true, true]),
            (Some(refused()), [false, true]),
            (Some(DetachOutcome::Unsent), [false, false]),
        ] {
            let detachment = Detachment::default();
            let is_over = outcome.is_some();
            if let Some(outcome) = outcome {
                detachment.finish(outcome);
            }
            assert_eq!([false, true].map(|ended| detachment.stands(ended)), stands);
            assert_eq!(detachment.is_over(), is_over);
        }
    }
}
