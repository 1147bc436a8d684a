//! What the log's writer and its readers share: segments, a directory of them, two lengths.
//!
//! Any number of readers, one [`Appender`](super::appender::Appender). A reader takes a lock once per
//! segment, to find it.

use std::collections::VecDeque;
use std::sync::PoisonError;

use crate::events::identity::Identity;
use crate::events::log::segment::{MAX_SLOTS, Segment};
use crate::events::log::sync::{
    Arc, AtomicU64, AtomicUsize, Mutex, MutexGuard, OnceLock, Ordering,
};
use crate::events::log::wakers::Wakers;
use crate::events::{CloseReason, Gap, Lagged, Seq};

/// The shared part of an append-only log of `T` that keeps its newest items within bounds.
#[derive(Debug)]
pub(super) struct LogCore<T> {
    /// Which log this is. Not loom's `Arc`: it never changes.
    pub(super) identity: std::sync::Arc<Identity>,
    /// Every position below this one is decided: written, evicted, or left empty. Only the
    /// appender moves it.
    appended: AtomicU64,
    /// Every position below this one may be read; never more than `appended`.
    published: AtomicU64,
    /// The segments that are retained, in order; the last one may be open.
    pub(super) directory: Directory<T>,
    end: OnceLock<Box<End>>,
    retained_items: AtomicU64,
    retained_weight: AtomicUsize,
    pub(super) wakers: Wakers,
}

/// The retained segments, under a lock.
#[derive(Debug)]
pub(super) struct Directory<T>(Mutex<VecDeque<Arc<Segment<T>>>>);

/// Where and why the log ends.
#[derive(Debug)]
struct End {
    position: u64,
    reason: CloseReason,
}

/// What a segment, or the whole log, holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) items: u64,
    pub(super) weight: usize,
}

/// Where a reader finds a position.
pub(super) enum Lookup<T> {
    /// In this segment, which may be a hole.
    Found(Arc<Segment<T>>),
    /// Nowhere: the next position that can be read is this one.
    Missing(u64),
}

impl<T> LogCore<T> {
    pub(super) fn new(identity: Identity) -> Self {
        Self {
            identity: std::sync::Arc::new(identity),
            appended: AtomicU64::new(0),
            published: AtomicU64::new(0),
            directory: Directory(Mutex::new(VecDeque::new())),
            end: OnceLock::new(),
            retained_items: AtomicU64::new(0),
            retained_weight: AtomicUsize::new(0),
            wakers: Wakers::default(),
        }
    }

    pub(super) fn appended(&self) -> u64 {
        self.appended.load(Ordering::Acquire)
    }

    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::Acquire)
    }

    /// Records that positions up to `end` are decided; only for the appender.
    pub(super) fn set_appended(&self, end: u64) {
        self.appended.store(end, Ordering::Release);
    }

    /// Lets readers read what was appended before `end`. One thread at a time may commit; it
    /// wakes the readers afterwards.
    pub(super) fn commit(&self, end: u64) {
        // What was appended is visible to this thread, and so to whoever sees the new length.
        let end = end.min(self.appended());
        if end > self.published.load(Ordering::Relaxed) {
            self.published.store(end, Ordering::Release);
        }
    }

    /// Why the log was closed.
    pub(super) fn closed(&self) -> Option<&CloseReason> {
        self.end.get().map(|end| &end.reason)
    }

    /// Whether nothing will follow for a reader that has read everything before `position`.
    pub(super) fn ends_at(&self, position: u64) -> bool {
        self.end.get().is_some_and(|end| position >= end.position)
    }

    /// Closes the log behind what has been appended; only for the appender. False when it was
    /// closed before, whose reason stays. The caller wakes the readers.
    pub(super) fn close(&self, reason: CloseReason) -> bool {
        let position = self.appended.load(Ordering::Relaxed);
        self.end.set(Box::new(End { position, reason })).is_ok()
    }

    pub(super) fn retained(&self) -> Size {
        Size {
            items: self.retained_items.load(Ordering::Acquire),
            weight: self.retained_weight.load(Ordering::Relaxed),
        }
    }

    /// Sets the counters of what is retained; only for the appender, after it has published.
    pub(super) fn set_retained(&self, total: Size) {
        self.retained_weight.store(total.weight, Ordering::Relaxed);
        self.retained_items.store(total.items, Ordering::Release);
    }

    /// Finds `position`, which must be below `published`, as the caller loaded it.
    pub(super) fn lookup(&self, position: u64, published: u64) -> Lookup<T> {
        let directory = self.directory.lock();
        let ends_before = |segment: &Arc<Segment<T>>| segment.end() <= position;
        // No segment is larger than this, so in a log without gaps the one that is looked for
        // lies here or behind; in a log of full segments it is one of these two, and a search
        // would touch a dozen others. Behind a gap it may lie before: then the search finds it.
        let first = directory.front().map_or(position, |segment| segment.first());
        let low = position.saturating_sub(first) / MAX_SLOTS as u64;
        let low = usize::try_from(low).unwrap_or(usize::MAX);
        let holds =
            |segment: &Arc<Segment<T>>| segment.first() <= position && !ends_before(segment);
        let index = match directory.iter().skip(low).take(2).position(holds) {
            Some(offset) => low + offset,
            None => directory.partition_point(ends_before),
        };
        match directory.get(index) {
            Some(segment) if segment.first() <= position => Lookup::Found(Arc::clone(segment)),
            Some(segment) => Lookup::Missing(segment.first().min(published)),
            // Every position that was handed out and not evicted lies in a segment.
            None => Lookup::Missing(published),
        }
    }

    /// Every retained segment and the published length, of one moment.
    pub(super) fn snapshot(&self) -> (Vec<Arc<Segment<T>>>, u64) {
        let directory = self.directory.lock();
        // Read under the lock: a segment is listed before its first item is published, and is
        // only taken out after its last.
        (directory.iter().map(Arc::clone).collect(), self.published())
    }

    /// What a reader from the start would get now, and the published length, of one moment.
    pub(super) fn contents(&self) -> (Vec<Result<T, Gap>>, u64)
    where
        T: Clone,
    {
        let (segments, published) = self.snapshot();
        let mut items = Vec::new();
        let mut position = 0;
        for segment in segments {
            let (first, end) = (segment.first(), segment.end().min(published));
            if first >= end {
                continue;
            }
            if position < first {
                items.push(Err(lagged(first - position, first)));
            }
            if let Some(hole) = segment.why_empty() {
                items.push(Err(hole.gap(first, end)));
            } else {
                let slots = segment.range(first, end).iter();
                items.extend(slots.filter_map(|slot| slot.get().cloned()).map(Ok));
            }
            position = end;
        }
        (items, published)
    }
}

/// The gap of a reader that misses so many positions and goes on at `position`.
pub(super) fn lagged(missed: u64, position: u64) -> Gap {
    Gap::Lagged(Lagged { missed, resume_at: Seq::at(position) })
}

impl<T> Directory<T> {
    pub(super) fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Segment<T>>>> {
        // Nothing that can panic runs between two changes under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Size {
    pub(super) fn add(&mut self, weight: usize) {
        self.items += 1;
        self.weight += weight;
    }
}
