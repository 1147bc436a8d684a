//! Readers of a log.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::future::poll_fn;
use tokio::task::coop;

use super::EventLog;
use super::core::Lookup;
use super::segment::Segment;
use super::wakers::Registration;
use crate::events::{CloseReason, Cursor, Event, Lagged};

/// A cursor into an [`EventLog`], read as a [`Stream`].
///
/// - **Items.** `Ok(event)` in the order of their numbers, or `Err(lagged)` where the log
///   has let go of events that this stream had not read yet. A `Lagged` is not the end:
///   the next item is the event it names, or a later `Lagged`.
/// - **Slow readers** cost the log nothing and hold at most one evicted segment each.
/// - **End.** The stream ends (`None`) when the log is closed and everything in it has
///   been delivered; [`close_reason`](Self::close_reason) then says why.
/// - **Cancel safety.** Dropping a `next()` future loses no item.
/// - **Fairness.** Inside a tokio task the stream takes part in cooperative scheduling: a
///   long replay yields to other tasks. Read with [`next_ready`](Self::next_ready) or
///   [`next_run`](Self::next_run) where that is not wanted.
///
/// A clone is a second reader at the same place.
#[must_use = "streams do nothing unless polled"]
pub struct EventStream {
    log: EventLog,
    position: u64,
    /// The segment read last; in it, `position` is found without a look at the directory.
    pub(super) segment: Option<Arc<Segment<Arc<Event>>>>,
    waiting: Option<Registration>,
}

/// What a look at the log found, without waiting.
enum Look {
    /// Events from the current position up to this one, in the current segment.
    Upto(u64),
    Lagged(Lagged),
    /// Everything has been read.
    CaughtUp,
}

impl EventStream {
    pub(super) fn new(log: EventLog, cursor: Cursor) -> Self {
        Self { log, position: cursor.position(), segment: None, waiting: None }
    }

    /// Where this stream stands: right before the item that it delivers next.
    pub fn cursor(&self) -> Cursor {
        Cursor::at(self.position)
    }

    /// Moves the stream to another place of the same log.
    pub fn seek(&mut self, cursor: Cursor) {
        self.position = cursor.position();
        self.segment = None;
    }

    /// Why the log was closed; `None` while it is open. May be set before this stream has
    /// delivered its last items.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.log.close_reason()
    }

    /// The next item if there is one now; `None` means that everything published so far
    /// has been read, or that the stream has ended.
    pub fn next_ready(&mut self) -> Option<Result<Arc<Event>, Lagged>> {
        match self.look() {
            Look::Upto(_) => self.take().map(Ok),
            Look::Lagged(lagged) => Some(Err(lagged)),
            Look::CaughtUp => None,
        }
    }

    /// The next events as one borrowed run, without a clone per event; `None` at the end.
    ///
    /// A run is what can be read at once: up to a segment (256 events). This is the
    /// cheapest way to read when many readers share a log.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_run(&mut self) -> Option<Result<Run, Lagged>> {
        poll_fn(|cx| self.poll_next_run(cx)).await
    }

    /// The poll form of [`next_run`](Self::next_run).
    pub fn poll_next_run(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Run, Lagged>>> {
        Poll::Ready(match ready!(self.poll_look(cx)) {
            Look::Upto(end) => {
                let range = self.position..end;
                self.position = end;
                // `Upto` speaks of the current segment.
                self.segment.clone().map(|segment| Ok(Run { segment, range }))
            }
            Look::Lagged(lagged) => Some(Err(lagged)),
            Look::CaughtUp => None,
        })
    }

    /// Ready when there is an item, or the end, to be read.
    pub(super) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_look(cx).map(|_| ())
    }

    fn take(&mut self) -> Option<Arc<Event>> {
        // Set before its position was published.
        let event = self.segment.as_ref()?.get(self.position).map(Arc::clone);
        self.position += 1;
        event
    }

    /// Like `look`, but waits; `CaughtUp` then means the end.
    fn poll_look(&mut self, cx: &mut Context<'_>) -> Poll<Look> {
        match self.look() {
            Look::CaughtUp => {}
            found => return Poll::Ready(found),
        }
        if self.log.core.closed().is_none() {
            self.log.core.wakers.register(&mut self.waiting, cx.waker());
        }
        // Looked at in this order, `closed` seen means that nothing can follow what the
        // second look sees.
        let closed = self.log.core.closed().is_some();
        match self.look() {
            Look::CaughtUp if !closed => Poll::Pending,
            found => Poll::Ready(found),
        }
    }

    fn look(&mut self) -> Look {
        let published = self.log.core.published();
        if self.position >= published {
            return Look::CaughtUp;
        }
        if let Some(segment) = &self.segment {
            let end = segment.end().min(published);
            if self.position < end {
                return Look::Upto(end);
            }
        }
        match self.log.core.lookup(self.position, published) {
            Lookup::Found(segment) => {
                let end = segment.end().min(published);
                self.segment = Some(segment);
                Look::Upto(end)
            }
            Lookup::Missing(next) => {
                let missed = next - self.position;
                self.segment = None;
                self.position = next;
                Look::Lagged(Lagged { missed, resume_at: Cursor::at(next).next() })
            }
        }
    }
}

impl Stream for EventStream {
    type Item = Result<Arc<Event>, Lagged>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let budget = ready!(coop::poll_proceed(cx));
        let item = match ready!(self.poll_look(cx)) {
            Look::Upto(_) => self.take().map(Ok),
            Look::Lagged(lagged) => Some(Err(lagged)),
            Look::CaughtUp => None,
        };
        budget.made_progress();
        Poll::Ready(item)
    }
}

impl Clone for EventStream {
    fn clone(&self) -> Self {
        Self {
            log: self.log.clone(),
            position: self.position,
            segment: self.segment.clone(),
            waiting: None,
        }
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.log.core.wakers.unregister(&mut self.waiting);
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("next", &self.cursor().next())
            .finish_non_exhaustive()
    }
}

/// Consecutive events of a log, by reference.
#[derive(Clone)]
pub struct Run {
    segment: Arc<Segment<Arc<Event>>>,
    range: Range<u64>,
}

impl Run {
    /// How many events the run has; never 0.
    pub fn len(&self) -> usize {
        usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX)
    }

    /// Always false: a run has at least one event.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The events, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Event>> {
        // Every slot of the range was set before it was published.
        self.segment
            .range(self.range.start, self.range.end)
            .iter()
            .filter_map(std::sync::OnceLock::get)
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("positions", &self.range).finish_non_exhaustive()
    }
}
