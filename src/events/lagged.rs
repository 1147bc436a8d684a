//! The account of events that a reader missed.

use std::fmt;

use crate::events::Seq;

/// Events that this reader will not see, because they had left the log before it came to
/// them (or never reached it), and where it goes on.
///
/// It stands in a stream exactly where the missed events would: numbers
/// `resume_at - missed` to `resume_at - 1` are gone for this reader. Widen
/// [`LogBounds`](super::LogBounds), or read faster, to see none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lagged {
    /// How many events were missed; at least 1.
    pub missed: u64,
    /// The number of the next event that the reader gets.
    pub resume_at: Seq,
}

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "missed {} events, goes on at number {}; keep more events or read faster",
            self.missed, self.resume_at
        )
    }
}

impl std::error::Error for Lagged {}
