//! When a wait gives up, and when it asks the runtime.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};

/// When the session will have been silent for too long.
pub(super) struct Silence {
    allowed: Option<Duration>,
    /// `None` for never.
    pub(super) limit: Option<Instant>,
}

impl Silence {
    pub(super) fn new(allowed: Option<Duration>) -> Self {
        Self { allowed, limit: allowed.and_then(|allowed| Instant::now().checked_add(allowed)) }
    }

    pub(super) fn check(&self) -> Result<()> {
        match (self.allowed, self.limit) {
            (Some(allowed), Some(limit)) if limit <= Instant::now() => Err(Error::new(
                ErrorKind::TimedOut,
                format!(
                    "no event came from the session for {allowed:?}; the work may go on: read \
                     its events, or abort it"
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// When to ask the runtime whether the turn is over, as long as that is in doubt.
pub(super) struct Question {
    pub(super) at: Instant,
    /// How long to wait before the next one.
    pause: Duration,
}

impl Question {
    pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(8);

    pub(super) fn after(wait: Duration) -> Self {
        Self { at: Instant::now() + wait, pause: PAUSE }
    }

    pub(super) fn again(&self) -> Self {
        let at = Instant::now() + self.pause;
        Self { at, pause: Self::LONGEST_PAUSE.min(self.pause * 2) }
    }
}

/// The first pause between two questions.
pub(super) const PAUSE: Duration = Duration::from_millis(250);
