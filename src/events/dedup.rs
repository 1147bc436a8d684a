//! Memory of event ids, because the runtime delivers some events twice.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use uuid::Uuid;

/// The ids of the newest events, to recognise those that are delivered again.
///
/// Remembers the last `capacity` distinct ids, oldest forgotten first. Ids are opaque;
/// those in the form of a UUID take some 30 bytes each, others their text on top.
///
/// A runtime whose client lags was seen to deliver an event again up to 42,694 events
/// after its first delivery; the default capacity is three times that.
#[derive(Debug)]
pub struct SeenIds {
    capacity: usize,
    /// The ids, oldest first.
    order: VecDeque<Id>,
    /// How many ids have been forgotten: an id's number less this is its place in `order`.
    forgotten: u64,
    /// The numbers of the ids, by the ids' hashes: each id is kept once.
    numbers: HashTable<u64>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Id {
    Uuid(Uuid),
    Text(Box<str>),
}

impl SeenIds {
    /// How many ids are remembered unless told otherwise.
    pub const DEFAULT_CAPACITY: usize = 131_072;

    /// A memory of `capacity` ids; 0 remembers none. Allocates as ids arrive.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            order: VecDeque::new(),
            forgotten: 0,
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// Remembers `id`; false when it is remembered already.
    pub fn insert(&mut self, id: &str) -> bool {
        if self.capacity == 0 {
            return true;
        }
        let id = canonical_uuid(id).map_or_else(|| Id::Text(id.into()), Id::Uuid);
        let hash = self.hasher.hash_one(&id);
        let Self { order, forgotten, numbers, hasher, .. } = self;
        let at = |number: u64| order.get(usize::try_from(number - *forgotten).ok()?);
        if numbers.find(hash, |number| at(*number) == Some(&id)).is_some() {
            return false;
        }
        let number = *forgotten + order.len() as u64;
        // Every number in the table has its id in `order`.
        numbers.insert_unique(hash, number, |number| {
            at(*number).map_or(0, |id| hasher.hash_one(id))
        });
        order.push_back(id);
        if order.len() > self.capacity {
            self.forget_oldest();
        }
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

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.order.pop_front() else { return };
        let hash = self.hasher.hash_one(&oldest);
        let number = self.forgotten;
        if let Ok(entry) = self.numbers.find_entry(hash, |found| *found == number) {
            entry.remove();
        }
        self.forgotten += 1;
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn it_remembers_exactly_the_newest_ids(
            capacity in 0..20_usize,
            ids in prop::collection::vec(0..40_u8, 0..400),
        ) {
            let mut seen = SeenIds::new(capacity);
            let mut model: Vec<u8> = Vec::new();
            for id in ids {
                let new = !model.contains(&id);
                prop_assert_eq!(seen.insert(&id.to_string()), new);
                if new {
                    model.push(id);
                    if model.len() > capacity {
                        model.remove(0);
                    }
                }
                prop_assert_eq!(seen.len(), model.len());
            }
        }
    }
}
