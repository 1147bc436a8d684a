//! The log's structure: segments, a directory of them, a published length.
//!
//! One appender at a time, any number of readers. The appender's mutex is also held, briefly, by
//! `stats` and snapshots. A reader takes a lock once per segment, to find it.

use std::collections::VecDeque;
use std::sync::PoisonError;

use crate::events::CloseReason;
use crate::events::log::bounds::LogBounds;
use crate::events::log::segment::{FIRST_SLOTS, MAX_SLOTS, Segment};
use crate::events::log::sync::{Arc, AtomicU64, Mutex, MutexGuard, OnceLock, Ordering};
use crate::events::log::wakers::Wakers;

/// An append-only log of `T` that keeps its newest items within bounds.
#[derive(Debug)]
pub(super) struct LogCore<T> {
    /// Every position below this one is decided: written, evicted, or skipped.
    published: AtomicU64,
    writer: Mutex<Writer<T>>,
    /// The segments that are retained, in order; the last one may be open.
    directory: Mutex<VecDeque<Arc<Segment<T>>>>,
    closed: OnceLock<CloseReason>,
    pub(super) wakers: Wakers,
    bounds: LogBounds,
}

#[derive(Debug)]
struct Writer<T> {
    next: u64,
    open: Option<Arc<Segment<T>>>,
    /// Items and weight of each segment in the directory, in the same order.
    sizes: VecDeque<Size>,
    total: Size,
}

/// What a segment, or the whole log, holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) items: u64,
    pub(super) weight: usize,
}

/// Where a reader finds a position.
pub(super) enum Lookup<T> {
    /// In this segment.
    Found(Arc<Segment<T>>),
    /// Nowhere: the next position that can be read is this one.
    Missing(u64),
}

impl<T> LogCore<T> {
    pub(super) fn new(bounds: LogBounds) -> Self {
        Self {
            published: AtomicU64::new(0),
            writer: Mutex::new(Writer {
                next: 0,
                open: None,
                sizes: VecDeque::new(),
                total: Size::default(),
            }),
            directory: Mutex::new(VecDeque::new()),
            closed: OnceLock::new(),
            wakers: Wakers::default(),
            bounds,
        }
    }

    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::Acquire)
    }

    pub(super) fn closed(&self) -> Option<&CloseReason> {
        self.closed.get()
    }

    pub(super) fn retained(&self) -> Size {
        lock(&self.writer).total
    }

    /// Appends what `make` makes of `draft` for the next position, without waking readers.
    /// Returns that position, or the draft when the log is closed.
    pub(super) fn append<D>(
        &self,
        weight: usize,
        draft: D,
        make: impl FnOnce(D, u64) -> T,
    ) -> Result<u64, D> {
        let mut writer = lock(&self.writer);
        if self.closed.get().is_some() {
            return Err(draft);
        }
        let position = writer.next;
        let segment = self.segment_for(&mut writer, position);
        // The slot is free: positions are handed out once, under the writer's lock, and
        // `segment_for` returned a segment that holds this one.
        let _ = segment.set(position, make(draft, position));
        writer.next = position + 1;
        writer.total.add(weight);
        if let Some(size) = writer.sizes.back_mut() {
            size.add(weight);
            if size.weight >= self.bounds.max_bytes / 8 {
                Self::seal(&mut writer);
            }
        }
        self.published.store(position + 1, Ordering::Release);
        let evicted = self.evict(&mut writer);
        drop(writer);
        // Freeing up to a segment of items is not for under the lock.
        drop(evicted);
        Ok(position)
    }

    /// Leaves `count` positions empty: every reader is told that it missed them.
    pub(super) fn record_gap(&self, count: u64) {
        let mut writer = lock(&self.writer);
        if count == 0 || self.closed.get().is_some() {
            return;
        }
        Self::seal(&mut writer);
        writer.next = writer.next.saturating_add(count);
        self.published.store(writer.next, Ordering::Release);
    }

    /// Closes the log; false when it was closed before, whose reason stays.
    pub(super) fn close(&self, reason: CloseReason) -> bool {
        // Under the writer's lock, so that no append can follow a close.
        let writer = lock(&self.writer);
        let first = self.closed.set(reason).is_ok();
        drop(writer);
        self.wakers.wake_all();
        first
    }

    /// Finds `position`, which must be below `published`, as the caller loaded it.
    pub(super) fn lookup(&self, position: u64, published: u64) -> Lookup<T> {
        let directory = lock(&self.directory);
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
            Some(segment) => Lookup::Missing(segment.first()),
            // Skipped at the very end, and nothing was appended since.
            None => Lookup::Missing(published),
        }
    }

    /// Every retained segment and the published length, of one moment.
    pub(super) fn snapshot(&self) -> (Vec<Arc<Segment<T>>>, u64) {
        // The writer's lock keeps evictions out between the two reads.
        let writer = lock(&self.writer);
        let segments = lock(&self.directory).iter().map(Arc::clone).collect();
        (segments, writer.next)
    }

    /// Every retained item, in order, and the published length, of one moment.
    pub(super) fn contents(&self) -> (Vec<T>, u64)
    where
        T: Clone,
    {
        let (segments, published) = self.snapshot();
        let items = segments
            .iter()
            .flat_map(|segment| segment.range(segment.first(), segment.end().min(published)))
            .filter_map(|slot| slot.get().cloned())
            .collect();
        (items, published)
    }

    fn segment_for<'w>(&self, writer: &'w mut Writer<T>, position: u64) -> &'w Arc<Segment<T>> {
        if writer.open.as_ref().is_some_and(|open| position >= open.end()) {
            writer.open = None;
        }
        let Writer { open, sizes, .. } = writer;
        open.get_or_insert_with(|| {
            let limit = usize::try_from(self.bounds.max_events / 4).unwrap_or(MAX_SLOTS);
            let slots = if position == 0 { FIRST_SLOTS } else { MAX_SLOTS };
            let segment = Arc::new(Segment::new(position, slots.min(limit).max(1)));
            // Listed before its first item is published, so that a reader who sees the
            // length finds the segment.
            lock(&self.directory).push_back(Arc::clone(&segment));
            sizes.push_back(Size::default());
            segment
        })
    }

    fn seal(writer: &mut Writer<T>) {
        if let Some(open) = writer.open.take() {
            open.seal(writer.next);
        }
    }

    /// Takes the oldest segments out until the bounds hold; never the open one.
    fn evict(&self, writer: &mut Writer<T>) -> Vec<Arc<Segment<T>>> {
        let mut evicted = Vec::new();
        while writer.sizes.len() > 1 {
            let Some(oldest) = writer.sizes.front().copied() else { break };
            let spare_items = writer.total.items - oldest.items >= self.bounds.max_events;
            let over_weight = writer.total.weight > self.bounds.max_bytes;
            if !spare_items && !over_weight {
                break;
            }
            writer.sizes.pop_front();
            writer.total.items -= oldest.items;
            writer.total.weight -= oldest.weight;
            evicted.extend(lock(&self.directory).pop_front());
        }
        evicted
    }
}

impl Size {
    fn add(&mut self, weight: usize) {
        self.items += 1;
        self.weight += weight;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that can panic runs between two changes that belong together, but `make`,
    // which runs before the first of them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
