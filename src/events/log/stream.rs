//! `EventStream`: a reader of a log as a stream, and batches of events by reference.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::future::poll_fn;
use futures::stream::FusedStream;
use tokio::task::coop;

use crate::events::log::reader::Reader;
use crate::events::log::segment::Segment;
use crate::events::log::sync;
use crate::events::{CloseReason, Cursor, Event, Gap, Seq};

/// A cursor into an [`EventLog`](super::EventLog), read as a [`Stream`].
///
/// - **Items.** `Ok(event)` in the order of their numbers, or `Err(gap)` in the place of
///   events that this stream does not get. A [`Gap`] is not the end: the next item is the event
///   that it names, or another gap. [`on_gap`](crate::EventStreamExt::on_gap) takes the gaps out.
/// - **Slow readers** do not slow the log, and keep at most one evicted segment each.
/// - **End.** The stream ends (`None`) when the log is closed and everything in it has
///   been delivered; [`close_reason`](Self::close_reason) then says why. It stays ended
///   ([`FusedStream`]) until it is moved ([`seek`](Self::seek)).
/// - **Cancel safety.** Dropping a `next()` future loses no item.
/// - **Fairness.** Inside a tokio task the stream takes part in cooperative scheduling: a
///   long replay yields to other tasks after 4,096 events at most. [`next_ready`](Self::next_ready) and
///   [`next_batch`](Self::next_batch) do not yield.
///
/// A clone is a second reader at the same place.
#[must_use = "streams do nothing unless polled"]
#[derive(Clone)]
pub struct EventStream {
    pub(super) reader: Reader<Event>,
    /// Items before this position are paid for out of the task's budget.
    paid: u64,
    /// Where the stream was opened, or moved to last.
    opened_at: Cursor,
}

/// How many items a stream delivers for one unit of a task's budget, of which tokio gives
/// it 128 for each poll. To take a unit costs about as much as to deliver an item.
const ITEMS_PER_UNIT: u64 = 32;

impl EventStream {
    pub(super) fn new(reader: Reader<Event>, opened_at: Cursor) -> Self {
        Self { reader, paid: 0, opened_at }
    }

    /// Where this stream stands: right before the item that it delivers next. A stream that is opened
    /// there delivers the same.
    ///
    /// Before a gap that says that the stream was opened at no place of this log, it is the cursor that it
    /// was opened at.
    pub fn cursor(&self) -> Cursor {
        if self.reader.has_gap() {
            // The log answers it with this gap again.
            return self.opened_at;
        }
        self.reader.core().identity.cursor(self.reader.position())
    }

    /// Moves the stream to a cursor. If it is not one of this log, the next item is a
    /// [`Gap`] that says so.
    pub fn seek(&mut self, cursor: Cursor) {
        let core = self.reader.core();
        let (position, gap) = core.identity.place(cursor, core.appended());
        self.reader.seek(position, gap);
        self.opened_at = cursor;
        self.paid = 0;
    }

    /// Ends the stream behind the event with this number: it is the last item, unless a gap
    /// stands in its place.
    pub fn until(mut self, last: Seq) -> Self {
        self.reader.set_limit(last.get());
        self.paid = 0;
        self
    }

    /// How many positions of the log this stream could read now: events, and those that it
    /// misses.
    pub fn unread(&self) -> u64 {
        self.reader.unread()
    }

    /// Whether there is an item to read now: a gap that misses no position is one too.
    pub(crate) fn has_ready(&self) -> bool {
        self.reader.has_ready()
    }

    /// Why the log was closed; `None` while it is open. May be set before this stream has
    /// delivered its last items.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.reader.close_reason()
    }

    /// Why the log was closed, if this stream stands at its end.
    pub(in crate::events) fn end_reason(&self) -> Option<CloseReason> {
        self.reader.is_at_the_end_of_the_log().then(|| self.close_reason()).flatten()
    }

    /// The next item if there is one now; `None` means that everything published so far
    /// has been read, or that the stream has ended.
    pub fn next_ready(&mut self) -> Option<Result<Event, Gap>> {
        self.reader.next_ready()
    }

    /// The next events as one borrowed batch, without a clone per event; `None` at the end.
    ///
    /// A batch is what can be read at once: up to a segment (256 events). This is the
    /// cheapest way to read when many readers share a log.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_batch(&mut self) -> Option<Result<Batch, Gap>> {
        poll_fn(|cx| self.poll_next_batch(cx)).await
    }

    /// The next item, for one unit of the task's budget, and after it those that the same
    /// unit pays for.
    fn poll_next_unit(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Gap>>> {
        let budget = ready!(coop::poll_proceed(cx));
        let from = self.reader.position();
        let item = ready!(self.reader.poll_next(cx));
        budget.made_progress();
        self.paid = self.reader.seen().min(from.saturating_add(ITEMS_PER_UNIT));
        Poll::Ready(item)
    }

    /// The poll form of [`next_batch`](Self::next_batch).
    pub fn poll_next_batch(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Batch, Gap>>> {
        self.reader
            .poll_next_batch(cx)
            .map(|batch| Some(batch?.map(|(segment, range)| Batch { segment, range })))
    }
}

impl Stream for EventStream {
    type Item = Result<Event, Gap>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.reader.position() < self.paid
            && let Some(event) = self.reader.next_seen()
        {
            return Poll::Ready(Some(Ok(event)));
        }
        self.poll_next_unit(cx)
    }
}

impl FusedStream for EventStream {
    fn is_terminated(&self) -> bool {
        self.reader.is_ended()
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("next", &self.cursor().next())
            .finish_non_exhaustive()
    }
}

/// A batch: consecutive events of a log, by reference.
#[derive(Clone)]
pub struct Batch {
    segment: sync::Arc<Segment<Event>>,
    range: Range<u64>,
}

impl Batch {
    /// How many events the batch has; never 0.
    pub fn len(&self) -> usize {
        usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX)
    }

    /// Always false: a batch has at least one event.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The events, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        // Every slot of the range was set before it was published.
        self.segment
            .range(self.range.start, self.range.end)
            .iter()
            .filter_map(sync::OnceLock::get)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("positions", &self.range).finish_non_exhaustive()
    }
}
