//! Gaps: what a reader is told in the place of events that it does not get.

use std::fmt;
use std::num::NonZeroU64;

use crate::events::Seq;

/// A gap: what a reader is told in the place of events that it does not get.
///
/// It is an item of the stream and not its end: the next item is the event numbered
/// [`resume_at`](Self::resume_at), or another gap. For every reader of a log from its start,
/// delivered events + [`missed`](Self::missed) = positions that the log has handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// Events left the log's memory before this reader read them. To see fewer of these, read
    /// faster or keep more events ([`LogBounds`](super::LogBounds)).
    Lagged(Lagged),
    /// Events never reached the log. Every reader of the log misses them.
    Lost(Lost),
    /// The log begins behind these events, as the one of a session whose older events lie
    /// elsewhere. Every reader of the log misses them.
    NotLoaded {
        /// How many events there are before the log's first one.
        missed: NonZeroU64,
        /// The number of the event at which the reader continues.
        resume_at: Seq,
    },
    /// The cursor that the stream was opened with belongs to another log. The stream continues
    /// at the beginning of this one: forget what was read from the other.
    Foreign {
        /// The number of the event at which the reader continues.
        resume_at: Seq,
    },
    /// The cursor that the stream was opened with lies behind the end of what was its log: in the
    /// future, or in a part that was lost when the log was opened anew, whose numbers were then
    /// given to other events. What was read up to `valid_to` is still right; forget what was read
    /// behind it.
    Diverged {
        /// The number of the last event before the cursor that this log has as well; `None` if
        /// there is none.
        valid_to: Option<Seq>,
        /// The number of the event at which the reader continues.
        resume_at: Seq,
    },
}

impl Gap {
    /// How many positions of the log this reader misses here. 0 for those that only say that the
    /// cursor was another's.
    ///
    /// Events that are lost in an unknown number stand on one position.
    pub const fn missed(&self) -> u64 {
        match self {
            Self::Lagged(lagged) => lagged.missed,
            Self::Lost(Lost { missed: Some(missed), .. }) | Self::NotLoaded { missed, .. } => {
                missed.get()
            }
            Self::Lost(Lost { missed: None, .. }) => 1,
            Self::Foreign { .. } | Self::Diverged { .. } => 0,
        }
    }

    /// Whether something that was read before is no longer right: all of it for
    /// [`Foreign`](Self::Foreign), what is behind `valid_to` for [`Diverged`](Self::Diverged).
    pub const fn is_reset(&self) -> bool {
        matches!(self, Self::Foreign { .. } | Self::Diverged { .. })
    }

    /// The number of the event at which the reader continues.
    pub const fn resume_at(&self) -> Seq {
        match self {
            Self::Lagged(Lagged { resume_at, .. })
            | Self::Lost(Lost { resume_at, .. })
            | Self::NotLoaded { resume_at, .. }
            | Self::Foreign { resume_at }
            | Self::Diverged { resume_at, .. } => *resume_at,
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lagged(lagged) => lagged.fmt(f),
            Self::Lost(lost) => lost.fmt(f),
            Self::NotLoaded { missed, resume_at } => {
                write!(
                    f,
                    "{missed} earlier events are not in this log, which begins at number {resume_at}"
                )
            }
            Self::Foreign { resume_at } => {
                write!(
                    f,
                    "the cursor belongs to another log; this one continues at number {resume_at}"
                )
            }
            Self::Diverged { valid_to: Some(valid_to), resume_at } => write!(
                f,
                "the cursor is ahead of the log: what was read up to number {valid_to} is right, \
                 and number {resume_at} follows"
            ),
            Self::Diverged { valid_to: None, resume_at } => write!(
                f,
                "the cursor is ahead of the log, which has none of the events before it and \
                 continues at number {resume_at}"
            ),
        }
    }
}

impl std::error::Error for Gap {}

/// Events left the log's memory before a reader read them.
///
/// The reader misses the numbers `resume_at - missed` to `resume_at - 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lagged {
    /// How many positions were missed; at least 1.
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

impl From<Lagged> for Gap {
    fn from(lagged: Lagged) -> Self {
        Self::Lagged(lagged)
    }
}

/// Events never reached the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// How many events were lost; `None` when that is not known.
    pub missed: Option<NonZeroU64>,
    /// The number of the event at which the reader continues.
    pub resume_at: Seq,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.missed {
            Some(missed) => write!(f, "{missed} events never reached the log")?,
            None => f.write_str("an unknown number of events never reached the log")?,
        }
        write!(f, ", which continues at number {}", self.resume_at)
    }
}

impl std::error::Error for Lost {}

impl From<Lost> for Gap {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_says_how_many_positions_are_missed_and_where_the_reader_continues() {
        let at = |number| Seq::new(number).unwrap();
        let resume_at = at(12);
        let some = NonZeroU64::new(7).unwrap();
        let gaps = [
            (
                Gap::from(Lagged { missed: 7, resume_at }),
                7,
                "missed 7 events, continues at number 12; keep more events or read faster",
            ),
            (
                Gap::from(Lost { missed: Some(some), resume_at }),
                7,
                "7 events never reached the log, which continues at number 12",
            ),
            (
                Gap::from(Lost { missed: None, resume_at }),
                1,
                "an unknown number of events never reached the log, which continues at number 12",
            ),
            (
                Gap::NotLoaded { missed: some, resume_at },
                7,
                "7 earlier events are not in this log, which begins at number 12",
            ),
            (
                Gap::Foreign { resume_at },
                0,
                "the cursor belongs to another log; this one continues at number 12",
            ),
            (
                Gap::Diverged { valid_to: Some(at(11)), resume_at },
                0,
                "the cursor is ahead of the log: what was read up to number 11 is right, and number \
                 12 follows",
            ),
            (
                Gap::Diverged { valid_to: None, resume_at },
                0,
                "the cursor is ahead of the log, which has none of the events before it and \
                 continues at number 12",
            ),
        ];
        for (gap, missed, text) in gaps {
            assert_eq!((gap.missed(), gap.resume_at()), (missed, resume_at));
            assert_eq!(gap.is_reset(), missed == 0);
            assert_eq!(gap.to_string(), text);
        }
    }

    #[test]
    fn an_item_takes_three_words() {
        type Item = Result<crate::events::Event, Gap>;
        assert_eq!(size_of::<std::task::Poll<Option<Item>>>(), 24);
    }
}
