//! The bounds of a log.

/// How much of its newest history a log keeps in memory.
///
/// Both bounds hold at once, and eviction takes whole segments (a quarter of `max_events`, from 1
/// to 256 events), oldest first:
///
/// - at least the newest `max_events` events are kept, and at most one segment more,
///   unless the byte bound evicts them earlier;
/// - the events kept weigh at most `max_bytes`, and at most one segment (an eighth of
///   `max_bytes`, or a single larger event) more for a moment. An event weighs its JSON
///   text plus a fixed overhead.
///
/// What a reader decodes is not weighed: the [payload](crate::Event::data) of an event is decoded when
/// the first reader asks for it and kept as long as the event is. As runtimes write it, it takes less
/// than twenty times its text; of what a runtime may write, 150 times at worst. Nothing in this crate
/// decodes payloads unasked. A program that does not trust its runtime sets `max_bytes` with that in mind, or
/// reads with [`Event::decode`](crate::Event::decode), which keeps nothing.
///
/// The defaults, 131,072 events and 64 MiB, hold a burst of 100,000 streaming deltas, or
/// hundreds of turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct LogBounds {
    pub(super) max_events: u64,
    pub(super) max_bytes: usize,
}

impl LogBounds {
    /// Keeps everything.
    pub(in crate::events) const UNBOUNDED: Self =
        Self { max_events: u64::MAX, max_bytes: usize::MAX };

    /// Sets the number of events that are kept at least, bytes permitting; 131,072 by
    /// default. With 0 the newest event only is kept.
    pub const fn max_events(mut self, events: u64) -> Self {
        self.max_events = events;
        self
    }

    /// Sets the weight of the events that are kept at most, in bytes; 64 MiB by default.
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }
}

impl Default for LogBounds {
    fn default() -> Self {
        Self { max_events: 131_072, max_bytes: 64 * 1024 * 1024 }
    }
}
