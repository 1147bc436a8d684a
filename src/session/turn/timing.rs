//! Time limits of waiting for an answer: the inactivity timeout, and when to query the runtime.

use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::{Error, ErrorKind, Result};

/// The inactivity timeout: how long to wait without any event from the session. Started anew
/// with each event.
pub(super) struct InactivityTimeout {
    /// `None` for no timeout.
    timeout: Option<Duration>,
    /// `None` for never.
    pub(super) deadline: Option<Instant>,
}

impl InactivityTimeout {
    pub(super) fn start(timeout: Option<Duration>) -> Self {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        Self { timeout, deadline }
    }

    /// Fails if the deadline has passed.
    pub(super) fn check(&self) -> Result<()> {
        match (self.timeout, self.deadline) {
            (Some(timeout), Some(deadline)) if deadline <= Instant::now() => Err(Error::new(
                ErrorKind::TimedOut,
                format!(
                    "nothing came from the session for {timeout:?}; the work may continue: read \
                     its events, or abort it"
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// A timer whose time mostly moves on: it is set anew when it goes off, not each time that it moves.
#[derive(Default)]
pub(super) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Waits until this time; for ever without one. Cancel safe.
    pub(super) async fn at(&mut self, at: Option<Instant>) {
        let Some(at) = at else { return pending().await };
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if sleep.deadline() > at {
            sleep.as_mut().reset(at);
        }
        while Instant::now() < at {
            if sleep.is_elapsed() {
                sleep.as_mut().reset(at);
            }
            sleep.as_mut().await;
        }
    }
}

/// When to query the runtime whether the work on a message is over, while its events leave that
/// open. The pauses between two queries double, up to [`MAX_PAUSE`](Self::MAX_PAUSE).
pub(super) struct QuerySchedule {
    /// The time of the next query.
    pub(super) at: Instant,
    /// The pause after that query.
    pause: Duration,
}

impl QuerySchedule {
    pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);
    pub(super) const MAX_PAUSE: Duration = Duration::from_secs(8);

    /// Schedules the first query after `delay`.
    pub(super) fn first_after(delay: Duration) -> Self {
        Self { at: Instant::now() + delay, pause: Self::FIRST_PAUSE }
    }

    /// Schedules the next query, after a pause from now.
    pub(super) fn next(&self) -> Self {
        let at = Instant::now() + self.pause;
        Self { at, pause: Self::MAX_PAUSE.min(self.pause * 2) }
    }
}
