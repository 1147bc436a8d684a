//! A segment: a fixed number of consecutive slots of a log, or positions that have no event.

use std::num::NonZeroU64;

use crate::events::log::sync::{AtomicU64, OnceLock, Ordering};
use crate::events::{Gap, Lost, Seq};

/// The largest number of slots in a segment.
pub(super) const MAX_SLOTS: usize = 256;
/// The number of slots in a log's first segment: an idle session has two events or three.
pub(super) const FIRST_SLOTS: usize = 32;

/// Consecutive positions of a log, each written once and read by anybody who holds the
/// segment, also after the log has evicted it.
#[derive(Debug)]
pub(super) struct Segment<T> {
    /// The position of the first slot.
    first: u64,
    /// One behind the last position that this segment will ever hold. Starts at the
    /// capacity and shrinks once, when the segment is sealed early.
    end: AtomicU64,
    slots: Box<[OnceLock<T>]>,
    /// Why its positions have no event; `None` if they have.
    hole: Option<Hole>,
}

/// Why positions of a log have no event, and never had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// So many events as there are positions never reached the log.
    Lost,
    /// Nobody knows how many events never reached the log; they stand on one position.
    LostUncounted,
    /// The log begins behind them.
    NotLoaded,
}

impl Hole {
    /// The gap of a reader that meets these positions of it.
    pub(super) fn gap(self, from: u64, to: u64) -> Gap {
        let resume_at = Seq::at(to);
        // A hole has a position at least.
        let missed = NonZeroU64::MIN.saturating_add((to - from).saturating_sub(1));
        match self {
            Self::Lost => Gap::Lost(Lost { missed: Some(missed), resume_at }),
            Self::LostUncounted => Gap::Lost(Lost { missed: None, resume_at }),
            Self::NotLoaded => Gap::NotLoaded { missed, resume_at },
        }
    }
}

impl<T> Segment<T> {
    pub(super) fn new(first: u64, slots: usize) -> Self {
        Self {
            first,
            end: AtomicU64::new(first.saturating_add(slots as u64)),
            slots: (0..slots).map(|_| OnceLock::new()).collect(),
            hole: None,
        }
    }

    /// Positions without an event.
    pub(super) fn hole(first: u64, end: u64, hole: Hole) -> Self {
        Self { first, end: AtomicU64::new(end), slots: Box::default(), hole: Some(hole) }
    }

    /// Why the positions of this segment have no event; `None` if they have.
    pub(super) fn why_empty(&self) -> Option<Hole> {
        self.hole
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// A reader must have loaded the log's published length before it asks: the end is
    /// shrunk before anything behind it is published.
    pub(super) fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// Ends the segment before `position`, which is where the next one begins; only the writer
    /// calls this, once for slots and any number of times for a hole, which grows.
    pub(super) fn seal(&self, position: u64) {
        self.end.store(position, Ordering::Release);
    }

    /// Writes the slot at `position`, which the writer has checked to be inside.
    pub(super) fn set(&self, position: u64, item: T) -> Result<(), T> {
        match self.slot(position) {
            Some(slot) => slot.set(item),
            None => Err(item),
        }
    }

    pub(super) fn get(&self, position: u64) -> Option<&T> {
        self.slot(position)?.get()
    }

    /// The items from `from` up to `to`, as far as they lie in this segment.
    pub(super) fn range(&self, from: u64, to: u64) -> &[OnceLock<T>] {
        let index = |position: u64| {
            usize::try_from(position.saturating_sub(self.first)).unwrap_or(usize::MAX)
        };
        self.slots.get(index(from)..index(to)).unwrap_or_default()
    }

    fn slot(&self, position: u64) -> Option<&OnceLock<T>> {
        let index = position.checked_sub(self.first)?;
        self.slots.get(usize::try_from(index).ok()?)
    }
}
