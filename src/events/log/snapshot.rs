//! `Snapshot`: what a log held at one moment.

use crate::events::{Cursor, Event, Gap};

/// What a log held at one moment: the items that a stream from its start would have delivered.
#[derive(Clone, Debug)]
pub struct Snapshot {
    items: Vec<Result<Event, Gap>>,
    end: Cursor,
}

impl Snapshot {
    pub(super) fn new(items: Vec<Result<Event, Gap>>, end: Cursor) -> Self {
        Self { items, end }
    }

    /// Events and gaps in their order.
    pub fn items(&self) -> &[Result<Event, Gap>] {
        &self.items
    }

    /// The events, in order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.items.iter().filter_map(|item| item.as_ref().ok())
    }

    /// The gaps, in order.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.items.iter().filter_map(|item| item.as_ref().err())
    }

    /// How many positions of the log are no event of the snapshot.
    pub fn missed(&self) -> u64 {
        self.gaps().map(Gap::missed).sum()
    }

    /// The cursor behind the snapshot, where the stream that came with it starts.
    pub fn end(&self) -> Cursor {
        self.end
    }
}

impl IntoIterator for Snapshot {
    type Item = Result<Event, Gap>;
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}
