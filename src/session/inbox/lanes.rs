//! Lanes: queues of work by key, each worked off by one task while it has something.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names a lane.
pub(super) type Key = Option<Box<str>>;

/// Bounded queues of items by key.
///
/// A lane exists while a task works it off: whoever pushes into a lane that does not exist spawns
/// that task, and the lane is gone when the task finds nothing left. So an idle key costs nothing.
pub(super) struct Lanes<T> {
    lanes: Mutex<HashMap<Key, Lane<T>>>,
    bounds: Bounds,
}

/// What may wait in one lane, beside the item that its task is at work on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) items: usize,
    /// A single item may weigh more.
    pub(super) weight: usize,
}

struct Lane<T> {
    items: VecDeque<(T, usize)>,
    weight: usize,
}

/// What [`Lanes::push`] did with an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed<T> {
    /// It is the first of its lane: the caller spawns [`Lanes::work_off`].
    First(T),
    /// It waits for its turn.
    Waiting,
    /// There is no room.
    Full(T),
}

impl<T> Lanes<T> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { lanes: Mutex::default(), bounds }
    }

    /// Appends an item to the lane of `key`.
    pub(super) fn push(&self, key: &Key, item: T, weight: usize) -> Pushed<T> {
        let mut lanes = self.lock();
        let Some(lane) = lanes.get_mut(key) else {
            lanes.insert(key.clone(), Lane { items: VecDeque::new(), weight: 0 });
            return Pushed::First(item);
        };
        let heavy = lane.weight.saturating_add(weight) > self.bounds.weight;
        if lane.items.len() >= self.bounds.items || (heavy && !lane.items.is_empty()) {
            return Pushed::Full(item);
        }
        lane.items.push_back((item, weight));
        lane.weight += weight;
        Pushed::Waiting
    }

    /// Works off the lane of `key`, from its first item on until it has none.
    pub(super) async fn work_off<F: Future<Output = ()>>(
        &self,
        key: &Key,
        first: T,
        run: impl Fn(T) -> F,
    ) {
        let mut next = Some(first);
        while let Some(item) = next {
            run(item).await;
            next = self.next(key);
        }
    }

    /// Takes the oldest item out of the lane of `key`. With `None` the lane is gone, and so is the
    /// task's turn: the next push spawns another.
    fn next(&self, key: &Key) -> Option<T> {
        let mut lanes = self.lock();
        let lane = lanes.get_mut(key)?;
        let Some((item, weight)) = lane.items.pop_front() else {
            lanes.remove(key);
            return None;
        };
        lane.weight -= weight;
        Some(item)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Lane<T>>> {
        // No item is dropped and nothing else of the user's runs under this lock, and no change
        // under it can panic halfway, so what a poisoned one guards is valid.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(items: usize, weight: usize) -> Lanes<u32> {
        Lanes::new(Bounds { items, weight })
    }

    #[test]
    fn a_lane_is_in_order_and_gone_when_it_is_empty() {
        let lanes = lanes(10, 10);
        let (a, b) = (Some("a".into()), None);
        assert_eq!(lanes.push(&a, 1, 0), Pushed::First(1));
        assert_eq!(lanes.push(&b, 2, 0), Pushed::First(2));
        assert_eq!(lanes.push(&a, 3, 0), Pushed::Waiting);
        assert_eq!(lanes.next(&a), Some(3));
        // Its task is at work still.
        assert_eq!(lanes.push(&a, 4, 0), Pushed::Waiting);
        assert_eq!((lanes.next(&a), lanes.next(&a)), (Some(4), None));
        assert_eq!(lanes.push(&a, 5, 0), Pushed::First(5));
        assert_eq!((lanes.next(&b), lanes.next(&b)), (None, None));
        assert_eq!(lanes.next(&a), None);
        assert!(lanes.lock().is_empty());
    }

    #[test]
    fn what_a_lane_has_no_room_for_is_given_back() {
        let lanes = lanes(2, 10);
        assert_eq!(lanes.push(&None, 1, 20), Pushed::First(1));
        assert_eq!(lanes.push(&None, 2, 10), Pushed::Waiting);
        assert_eq!(lanes.push(&None, 3, 0), Pushed::Waiting);
        assert_eq!(lanes.push(&None, 4, 0), Pushed::Full(4));
        assert_eq!(lanes.next(&None), Some(2));
        assert_eq!(lanes.push(&None, 5, 11), Pushed::Full(5));
        assert_eq!(lanes.push(&None, 6, 10), Pushed::Waiting);
        // Another lane has its own room.
        assert_eq!(lanes.push(&Some("k".into()), 7, 20), Pushed::First(7));
    }

    #[test]
    fn one_item_alone_may_weigh_more_than_the_bound() {
        let lanes = lanes(10, 10);
        assert_eq!(lanes.push(&None, 1, 0), Pushed::First(1));
        assert_eq!(lanes.push(&None, 2, 100), Pushed::Waiting);
        assert_eq!(lanes.push(&None, 3, 1), Pushed::Full(3));
    }
}
