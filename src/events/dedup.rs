//! The duplicate check: remembers event ids, because runtimes deliver some events twice.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use hashbrown::{DefaultHashBuilder, HashTable};
use uuid::Uuid;

/// The ids of the newest events, to recognize repeated deliveries.
///
/// Remembers the last `capacity` distinct ids and forgets the oldest first. Ids are opaque.
/// One in the form of a UUID takes some 30 bytes, any other its text in addition. Of a text of more
/// than 64 bytes, which no runtime writes, a digest is kept instead: 128 bits from two hashes, whose
/// keys nobody else knows. So what the ids take is bounded by their number, whatever a runtime sends;
/// that two long ones count as one is less likely than that they are two random UUIDs and the same.
///
/// A runtime whose client lags was seen to deliver an event again up to 42,694 events
/// after its first delivery; the default capacity is three times that.
#[derive(Debug)]
pub(crate) struct SeenIds {
    capacity: usize,
    /// The ids, oldest first.
    order: VecDeque<Id>,
    /// The number of the oldest id; the others follow.
    oldest: u32,
    /// The ids by their hashes: each id itself is kept once, in `order`.
    table: HashTable<Entry>,
    hasher: DefaultHashBuilder,
    /// The keys of the digests.
    digests: [RandomState; 2],
}

#[derive(Debug, PartialEq, Eq)]
enum Id {
    Uuid(Uuid),
    Text(Box<str>),
    /// Of a text that is too long to be kept. As bytes: a number would make every id wider.
    Digest([u8; 16]),
}

/// Longer texts are not kept.
const MAX_TEXT: usize = 64;

/// Where an id is, and its hash: to grow, the table need not look at the ids again.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Counted on from id to id, and from the last one back to 0.
    number: u32,
    hash: Hash,
}

/// Half of a hash is enough for as many ids as can have a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hash(u32);

impl SeenIds {
    /// How many ids are remembered unless told otherwise.
    pub(crate) const DEFAULT_CAPACITY: usize = 131_072;

    /// A memory of `capacity` ids, 2³¹ at most; 0 remembers none. Allocates as ids arrive.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.min(1 << 31),
            order: VecDeque::new(),
            oldest: 0,
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            digests: Default::default(),
        }
    }

    /// Remembers `id`; false when it is remembered already.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        if self.capacity == 0 {
            return true;
        }
        let id = self.id_of(id);
        let hash = id.hash(&self.hasher);
        let Self { order, oldest, table, .. } = self;
        let known = table.find(hash.spread(), |entry| {
            let place = entry.number.wrapping_sub(*oldest) as usize;
            entry.hash == hash && order.get(place) == Some(&id)
        });
        if known.is_some() {
            return false;
        }
        if order.len() == self.capacity {
            self.forget_oldest();
        }
        // At most 2³¹ ids are kept, so that their numbers differ.
        #[expect(clippy::cast_possible_truncation, reason = "numbers wrap around")]
        let number = self.oldest.wrapping_add(self.order.len() as u32);
        let entry = Entry { number, hash };
        self.table.insert_unique(hash.spread(), entry, |entry| entry.hash.spread());
        self.order.push_back(id);
        true
    }

    fn id_of(&self, id: &str) -> Id {
        if let Some(uuid) = canonical_uuid(id) {
            return Id::Uuid(uuid);
        }
        if id.len() <= MAX_TEXT {
            return Id::Text(id.into());
        }
        let [first, second] = &self.digests;
        let digest = u128::from(first.hash_one(id)) << 64 | u128::from(second.hash_one(id));
        Id::Digest(digest.to_ne_bytes())
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.order.len()
    }

    fn forget_oldest(&mut self) {
        let Some(id) = self.order.pop_front() else { return };
        let number = self.oldest;
        self.oldest = number.wrapping_add(1);
        let hash = id.hash(&self.hasher).spread();
        if let Ok(entry) = self.table.find_entry(hash, |entry| entry.number == number) {
            entry.remove();
        }
    }
}

impl Id {
    fn hash(&self, hasher: &DefaultHashBuilder) -> Hash {
        let hash = match self {
            Self::Uuid(uuid) => hasher.hash_one(uuid.as_u128()),
            Self::Text(text) => hasher.hash_one(text),
            Self::Digest(digest) => hasher.hash_one(digest),
        };
        #[expect(clippy::cast_possible_truncation, reason = "one half of it")]
        Hash(hash as u32)
    }
}

impl Hash {
    /// What the table wants: it looks at the lowest bits and at the highest.
    fn spread(self) -> u64 {
        u64::from(self.0) << 32 | u64::from(self.0)
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
    use std::collections::HashMap;

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

    #[test]
    fn long_ids_are_told_apart_and_not_kept() {
        let mut seen = SeenIds::new(1000);
        let long = |number: usize| format!("{}{number}", "x".repeat(MAX_TEXT));
        for number in 0..2000 {
            assert!(seen.insert(&long(number)), "{number}");
            assert!(!seen.insert(&long(number)), "{number}");
        }
        assert_eq!(seen.len(), 1000);
        assert!(seen.order.iter().all(|id| matches!(id, Id::Digest(_))));
        assert!(!seen.insert(&long(1000)) && seen.insert(&long(999)), "the newest are known");
        assert!(seen.insert(&"x".repeat(MAX_TEXT)), "a text of its own");
        assert!(matches!(seen.order.back(), Some(Id::Text(_))));
        assert_eq!(size_of::<Id>(), 24);
    }

    #[test]
    fn only_the_canonical_text_of_a_uuid_is_kept_as_one() {
        let uuid = uuid::uuid!("2c36947d-c55f-4539-99da-04678fc72772");
        assert_eq!(canonical_uuid("2c36947d-c55f-4539-99da-04678fc72772"), Some(uuid));
        for other in [
            "2C36947D-C55F-4539-99DA-04678FC72772",
            "2c36947dc55f453999da04678fc72772",
            "2c36947d-c55f-4539-99da-04678fc7277z",
        ] {
            assert_eq!(canonical_uuid(other), None);
        }
    }

    #[test]
    fn ids_with_the_same_hash_are_different() {
        let mut seen = SeenIds::default();
        let mut texts: HashMap<u32, String> = HashMap::new();
        // Half of the time, 77,000 hashes of 32 bits have two that are the same.
        let (first, second) = (0..)
            .find_map(|number: u32| {
                let text = number.to_string();
                let hash = Id::Text(text.as_str().into()).hash(&seen.hasher);
                Some((texts.insert(hash.0, text.clone())?, text))
            })
            .unwrap();
        assert!(seen.insert(&first));
        assert!(seen.insert(&second));
        assert!(!seen.insert(&first));
        assert!(!seen.insert(&second));
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
