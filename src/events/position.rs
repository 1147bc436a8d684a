//! Sequence numbers and cursors: positions in an event log.

use std::fmt;
use std::num::NonZeroU64;

/// The number of an event in its session's log: dense, from 1, in order of arrival.
///
/// Numbers are never shared and never skipped. Where a reader sees a jump, a
/// [`Lagged`](crate::events::Lagged) item stands in between and counts the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(NonZeroU64);

impl Seq {
    /// The number of the first event of every log.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// The sequence number with this value; `None` for 0, which numbers no event.
    pub const fn new(value: u64) -> Option<Self> {
        match NonZeroU64::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The number as an integer.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The number of the event that stands at `position`, counted from 0.
    pub(super) const fn at(position: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(position))
    }

    /// The position, counted from 0, at which this event stands.
    pub(super) const fn position(self) -> u64 {
        self.0.get() - 1
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Seq> for u64 {
    fn from(seq: Seq) -> Self {
        seq.get()
    }
}

/// A cursor: a place between two events of a log, where a stream can start.
///
/// A cursor is a plain number, and is valid for one log as long as that log lives. If the log
/// has evicted the events after it, a stream opened there begins with a
/// [`Lagged`](crate::events::Lagged) item that counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(u64);

impl Cursor {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// Right behind the event with this number.
    pub const fn after(seq: Seq) -> Self {
        Self(seq.get())
    }

    /// Right before the event with this number.
    pub const fn before(seq: Seq) -> Self {
        Self(seq.position())
    }

    pub(super) const fn at(position: u64) -> Self {
        Self(position)
    }

    pub(super) const fn position(self) -> u64 {
        self.0
    }

    /// The number of the event that a stream opened here delivers first.
    pub const fn next(self) -> Seq {
        Seq::at(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_stand_between_events() {
        let third = Seq::new(3).unwrap();
        assert_eq!(Cursor::START.next(), Seq::FIRST);
        assert_eq!(Cursor::before(third).next(), third);
        assert_eq!(Cursor::after(third).next().get(), 4);
        assert_eq!(Seq::new(0), None);
        assert_eq!(u64::from(third), 3);
    }
}
