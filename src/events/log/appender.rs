//! The appender: the one that writes a log. It numbers items, evicts old ones, and closes the log.

use std::collections::VecDeque;

use crate::events::CloseReason;
use crate::events::identity::Identity;
use crate::events::log::bounds::LogBounds;
use crate::events::log::core::{LogCore, Size};
use crate::events::log::segment::{FIRST_SLOTS, Hole, MAX_SLOTS, Segment};
use crate::events::log::sync::Arc;

/// The only writer of a log of `T`. What it alone needs to know lies here, and takes no lock.
#[derive(Debug)]
pub(super) struct Appender<T> {
    core: Arc<LogCore<T>>,
    bounds: LogBounds,
    next: u64,
    /// Made with the first item or gap: an idle log is small.
    ledger: Option<Box<Ledger<T>>>,
}

/// What the appender knows of the retained segments.
#[derive(Debug)]
struct Ledger<T> {
    open: Option<Arc<Segment<T>>>,
    /// Items and weight of each segment in the directory, in the same order.
    sizes: VecDeque<Size>,
    total: Size,
    /// How many slots the next segment gets: few behind a gap, since another may follow soon, and then
    /// more and more.
    next_slots: usize,
}

/// The slots of the first segment behind a gap.
const SLOTS_BEHIND_A_GAP: usize = 4;
/// What a gap and such a segment take, allocator included.
const HOLE_WEIGHT: usize = 512;
/// Behind it there are as many positions again for items.
const LAST_GAP_END: u64 = 1 << 63;

impl<T> Appender<T> {
    /// A log that begins where `identity` says; readers miss what lies before.
    pub(super) fn new(bounds: LogBounds, identity: Identity) -> Self {
        let first = identity.lineage().first();
        let mut appender =
            Self { core: Arc::new(LogCore::new(identity)), bounds, next: 0, ledger: None };
        appender.skip_to(first, Hole::NotLoaded);
        appender
    }

    pub(super) fn core(&self) -> &Arc<LogCore<T>> {
        &self.core
    }

    /// Appends what `make` makes of `draft` for the next position and publishes it, without
    /// waking readers. Returns that position, or the draft when the log is closed.
    pub(super) fn append<D>(
        &mut self,
        weight: usize,
        draft: D,
        make: impl FnOnce(D, u64) -> T,
    ) -> Result<u64, D> {
        let position = self.place(weight, draft, make)?;
        self.core.commit(self.next);
        self.evict();
        Ok(position)
    }

    /// Leaves `count` positions empty, or one if the count is not known: every reader is told that
    /// it missed them. A gap ends at [`LAST_GAP_END`] at the latest.
    pub(super) fn record_gap(&mut self, count: Option<u64>) {
        let (count, hole) = match count {
            Some(count) => (count, Hole::Lost),
            None => (1, Hole::LostUncounted),
        };
        if self.core.closed().is_none() {
            self.skip_to(self.next.saturating_add(count).min(LAST_GAP_END), hole);
            self.evict();
        }
    }

    /// Leaves the positions up to `end` empty.
    fn skip_to(&mut self, end: u64, hole: Hole) {
        if end <= self.next {
            return;
        }
        let ledger = self.ledger.get_or_insert_default();
        ledger.seal(self.next);
        let mut directory = self.core.directory.lock();
        match directory.back() {
            // Two gaps that meet are one, if both are counted.
            Some(last) if last.why_empty() == Some(Hole::Lost) && hole == Hole::Lost => {
                last.seal(end);
            }
            _ => {
                directory.push_back(Arc::new(Segment::hole(self.next, end, hole)));
                // A hole takes memory too, and so does the short segment behind it: any number of them
                // stays within the bounds.
                let weight = HOLE_WEIGHT;
                ledger.sizes.push_back(Size { items: 0, weight });
                ledger.total.weight += weight;
            }
        }
        drop(directory);
        ledger.next_slots = SLOTS_BEHIND_A_GAP;
        self.next = end;
        self.core.set_appended(end);
        self.core.commit(end);
    }

    /// Closes the log; false when it was closed before, whose reason stays. Wakes nobody.
    pub(super) fn close(&mut self, reason: CloseReason) -> bool {
        self.core.close(reason)
    }

    /// Appends without publishing.
    fn place<D>(
        &mut self,
        weight: usize,
        draft: D,
        make: impl FnOnce(D, u64) -> T,
    ) -> Result<u64, D> {
        if self.core.closed().is_some() {
            return Err(draft);
        }
        let position = self.next;
        let item = make(draft, position);
        let ledger = self.ledger.get_or_insert_default();
        // The slot is free: positions are handed out once, and the segment holds this one.
        let _ = ledger.segment_for(position, &self.core, self.bounds).set(position, item);
        self.next = position.saturating_add(1);
        self.core.set_appended(self.next);
        ledger.total.add(weight);
        if let Some(size) = ledger.sizes.back_mut() {
            size.add(weight);
            if size.weight >= self.bounds.max_bytes / 8 {
                ledger.seal(self.next);
            }
        }
        Ok(position)
    }

    /// Takes the oldest segments out until the bounds hold; never the open one, and none that
    /// has an item which is not published.
    fn evict(&mut self) {
        let Some(ledger) = self.ledger.as_deref_mut() else { return };
        while ledger.sizes.len() > 1 {
            let Some(oldest) = ledger.sizes.front().copied() else { break };
            let spare_items = ledger.total.items - oldest.items >= self.bounds.max_events;
            let over_weight = ledger.total.weight > self.bounds.max_bytes;
            if !spare_items && !over_weight {
                break;
            }
            let published = self.core.published();
            let mut directory = self.core.directory.lock();
            if directory.front().is_none_or(|segment| segment.end() > published) {
                break;
            }
            let evicted = directory.pop_front();
            drop(directory);
            // Freeing a segment of items is not for under the lock.
            drop(evicted);
            ledger.sizes.pop_front();
            ledger.total.items -= oldest.items;
            ledger.total.weight -= oldest.weight;
        }
        self.core.set_retained(ledger.total);
    }
}

impl<T> Ledger<T> {
    fn segment_for(
        &mut self,
        position: u64,
        core: &LogCore<T>,
        bounds: LogBounds,
    ) -> &Arc<Segment<T>> {
        if self.open.as_ref().is_some_and(|open| position >= open.end()) {
            self.open = None;
        }
        self.open.get_or_insert_with(|| {
            let limit = usize::try_from(bounds.max_events / 4).unwrap_or(MAX_SLOTS);
            let slots = if self.total.items == 0 { FIRST_SLOTS } else { self.next_slots };
            self.next_slots = MAX_SLOTS.min(2 * self.next_slots);
            let segment = Arc::new(Segment::new(position, slots.min(limit).max(1)));
            // Listed before its first item is published, so that a reader who sees the
            // length finds the segment.
            core.directory.lock().push_back(Arc::clone(&segment));
            self.sizes.push_back(Size::default());
            segment
        })
    }

    /// Closes the open segment, if there is one, behind the items below `end`.
    fn seal(&mut self, end: u64) {
        if let Some(open) = self.open.take() {
            open.seal(end);
        }
    }
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        let sizes = VecDeque::new();
        Self { open: None, sizes, total: Size::default(), next_slots: MAX_SLOTS }
    }
}

/// What the models do apart, and the log does together.
#[cfg(all(test, copilot_loom))]
impl<T> Appender<T> {
    /// Appends without publishing, as for a reader of the log that publishes when it has
    /// stored what was appended.
    pub(super) fn append_unpublished(&mut self, weight: usize, item: T) -> Option<u64> {
        let position = self.place(weight, item, |item, _| item).ok()?;
        self.evict();
        Some(position)
    }
}
