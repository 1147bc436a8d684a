//! The duplicate check: remembers event ids, because runtimes deliver some events twice.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use hashbrown::{DefaultHashBuilder, HashTable};
use uuid::Uuid;

/// The ids of the newest events, to recognize repeated deliveries.
///
/// Remembers the last `capacity` distinct ids and forgets the oldest first. Ids are opaque.
/// One in the form of a UUID takes some 30 bytes, any other its text in addition, or of a long text
/// its digest: so whatever a runtime writes as ids, they take a bounded memory.
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
}

#[derive(Debug, PartialEq, Eq)]
enum Id {
    Uuid(Uuid),
    Text(Box<str>),
    /// Of a text of more than [`LONGEST_TEXT`] bytes.
    Digest(u128),
}

/// In bytes.
const LONGEST_TEXT: usize = 64;

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
        }
    }

    /// Remembers `id`; false when it is remembered already.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        if self.capacity == 0 {
            return true;
        }
        let id = Id::of(id);
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
    fn of(id: &str) -> Self {
        match canonical_uuid(id) {
            Some(uuid) => Self::Uuid(uuid),
            None if id.len() <= LONGEST_TEXT => Self::Text(id.into()),
            None => Self::Digest(digest(id)),
        }
    }

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

/// 128 bits of the text under a key that this process alone knows: two texts of one digest are not met
/// by chance, and can't be made.
fn digest(text: &str) -> u128 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let half = |which: u8| u128::from(KEY.hash_one((which, text)));
    half(0) << 64 | half(1)
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
        let long = "x".repeat(300_000);
        let ids = ["a", "", "2c36947d-c55f-4539-99da-04678fc72772", "é"];
        for id in ids.into_iter().chain([&long[..64], &long[..65], &long[1..], &long]) {
            assert!(seen.insert(id));
            assert!(!seen.insert(id));
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
