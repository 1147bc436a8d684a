//! Gaps: the count of events that a reader missed.

use std::fmt;

use crate::events::Seq;

/// A gap: events that this reader will not see, because they left the log before it read them,
/// or never reached the log.
///
/// It stands in the stream in the place of the missed events: this reader misses the numbers
/// `resume_at - missed` to `resume_at - 1`, and continues at `resume_at`. To see fewer gaps,
/// keep more events ([`LogBounds`](super::LogBounds)) or read faster; neither helps against events
/// that never reached the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lagged {
    /// How many events were missed; at least 1.
    pub missed: u64,
    /// The number of the event at which the reader continues.
    pub resume_at: Seq,
}

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "missed {} events, continues at number {}; keep more events or read faster",
            self.missed, self.resume_at
        )
    }
}

impl std::error::Error for Lagged {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_both_numbers_and_what_to_do() {
        let lagged = Lagged { missed: 7, resume_at: Seq::new(12).unwrap() };
        assert_eq!(
            lagged.to_string(),
            "missed 7 events, continues at number 12; keep more events or read faster"
        );
    }
}
