//! A reader of a log: its position, what it finds there, and waiting for more.

use std::ops::Range;
use std::task::{Context, Poll, ready};

use crate::events::log::core::{LogCore, Lookup, lagged};
use crate::events::log::segment::Segment;
use crate::events::log::sync::Arc;
use crate::events::log::wakers::Registration;
use crate::events::{CloseReason, Gap};

/// One reader of a log of `T`: what is the same for every kind of item.
///
/// It reads without a lock for as long as it stays in one segment, and looks into the
/// log's directory to find the next. What one look saw is read without another.
///
/// What runs for every item is `inline`: without it, a stream's item costs half as much
/// again.
#[derive(Debug)]
pub(super) struct Reader<T> {
    core: Arc<LogCore<T>>,
    position: u64,
    /// The segment read last; in it, `position` is found without a look at the directory.
    pub(super) segment: Option<Arc<Segment<T>>>,
    /// What lies before this position was seen to be published, and is in `segment`.
    seen: u64,
    /// Nothing from this position on is read.
    limit: u64,
    /// What is delivered before all else.
    gap: Option<Gap>,
    waiting: Option<Registration>,
}

/// A range of positions within one segment.
pub(super) type Slots<T> = (Arc<Segment<T>>, Range<u64>);

/// What a look at the log found, without waiting. Small enough for a register.
#[derive(Clone, Copy)]
enum Look {
    /// Items from the current position up to `seen`, in the current segment.
    Items,
    /// A gap, in `gap`; the position is now behind it.
    Gap,
    /// Everything has been read.
    CaughtUp,
}

impl<T> Reader<T> {
    /// A reader at `position`, whose first item is `gap` if there is one.
    pub(super) fn new(core: Arc<LogCore<T>>, position: u64, gap: Option<Gap>) -> Self {
        Self { core, position, segment: None, seen: 0, limit: u64::MAX, gap, waiting: None }
    }

    pub(super) fn core(&self) -> &LogCore<T> {
        &self.core
    }

    /// Ends before `limit`.
    pub(super) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
        self.forget();
    }

    /// Whether the last item has been delivered.
    pub(super) fn is_ended(&self) -> bool {
        self.gap.is_none() && self.ends_here()
    }

    /// Whether the next item is a gap that it was opened with.
    pub(super) fn has_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// Whether there is an item to read now.
    pub(super) fn has_ready(&self) -> bool {
        self.gap.is_some() || self.unread() > 0
    }

    /// How many positions there are to read now.
    pub(super) fn unread(&self) -> u64 {
        self.core.published().min(self.limit).saturating_sub(self.position)
    }

    /// The position of the item that is delivered next.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn seek(&mut self, position: u64, gap: Option<Gap>) {
        self.position = position;
        self.gap = gap;
        self.forget();
    }

    /// Lets go of the segment.
    fn forget(&mut self) {
        self.segment = None;
        self.seen = 0;
    }

    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.core.closed().cloned()
    }

    /// Up to where items can be had with [`next_seen`](Self::next_seen) alone.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// The next item if an earlier look saw it; touches nothing that the log writes to.
    #[inline]
    pub(super) fn next_seen(&mut self) -> Option<T>
    where
        T: Clone,
    {
        if self.position >= self.seen {
            return None;
        }
        // Set before its position was published.
        let item = self.segment.as_ref()?.get(self.position)?.clone();
        self.position += 1;
        Some(item)
    }

    /// The next item if there is one now.
    #[inline]
    pub(super) fn next_ready(&mut self) -> Option<Result<T, Gap>>
    where
        T: Clone,
    {
        if let Some(item) = self.next_seen() {
            return Some(Ok(item));
        }
        let look = self.look();
        self.item(look)
    }

    /// The next item; `None` at the end.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Gap>>>
    where
        T: Clone,
    {
        let look = ready!(self.poll_look(cx));
        Poll::Ready(self.item(look))
    }

    /// The next items as a range of one segment; `None` at the end.
    pub(super) fn poll_next_batch(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Slots<T>, Gap>>> {
        Poll::Ready(match ready!(self.poll_look(cx)) {
            Look::Items => {
                let range = self.position..self.seen;
                self.position = self.seen;
                self.segment.clone().map(|segment| Ok((segment, range)))
            }
            Look::Gap => self.gap.take().map(Err),
            Look::CaughtUp => None,
        })
    }

    /// Moves along with the log, reading nothing, until it is closed.
    pub(super) fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        // A reader at the end of the log is woken by every append and by the close;
        // moving it along keeps it from holding on to segments.
        self.seek(self.core.published(), None);
        match self.close_reason() {
            Some(reason) => Poll::Ready(reason),
            None if self.poll_look(cx).is_ready() => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Pending,
        }
    }

    /// What `look` means to those who read item by item.
    fn item(&mut self, look: Look) -> Option<Result<T, Gap>>
    where
        T: Clone,
    {
        match look {
            Look::Items => self.next_seen().map(Ok),
            Look::Gap => self.gap.take().map(Err),
            Look::CaughtUp => None,
        }
    }

    pub(super) fn is_at_the_end_of_the_log(&self) -> bool {
        self.core.ends_at(self.position)
    }

    /// Whether nothing will follow for a reader that has read everything before `position`.
    fn ends_here(&self) -> bool {
        self.position >= self.limit || self.core.ends_at(self.position)
    }

    /// Like `look`, but waits; `CaughtUp` then means the end.
    fn poll_look(&mut self, cx: &mut Context<'_>) -> Poll<Look> {
        match self.look() {
            Look::CaughtUp => {}
            found => return Poll::Ready(found),
        }
        if self.ends_here() {
            return Poll::Ready(Look::CaughtUp);
        }
        self.core.wakers.register(&mut self.waiting, cx.waker());
        match self.look() {
            Look::CaughtUp if self.ends_here() => Poll::Ready(Look::CaughtUp),
            Look::CaughtUp => Poll::Pending,
            found => Poll::Ready(found),
        }
    }

    fn look(&mut self) -> Look {
        if self.gap.is_some() {
            return Look::Gap;
        }
        let published = self.core.published().min(self.limit);
        if self.position >= published {
            return Look::CaughtUp;
        }
        if let Some(segment) = &self.segment {
            let end = segment.end().min(published);
            if self.position < end {
                self.seen = end;
                return Look::Items;
            }
        }
        match self.core.lookup(self.position, published) {
            Lookup::Found(segment) => {
                let end = segment.end().min(published);
                if let Some(hole) = segment.why_empty() {
                    return self.pass(end, hole.gap(self.position, end));
                }
                self.segment = Some(segment);
                self.seen = end;
                Look::Items
            }
            Lookup::Missing(next) => self.pass(next, lagged(next - self.position, next)),
        }
    }

    /// Goes on at `position`, behind a gap.
    fn pass(&mut self, position: u64, gap: Gap) -> Look {
        self.seek(position, Some(gap));
        Look::Gap
    }
}

/// A second reader at the same place.
impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
            position: self.position,
            segment: self.segment.clone(),
            seen: self.seen,
            limit: self.limit,
            gap: self.gap,
            waiting: None,
        }
    }
}

impl<T> Drop for Reader<T> {
    fn drop(&mut self) {
        self.core.wakers.unregister(&mut self.waiting);
    }
}
