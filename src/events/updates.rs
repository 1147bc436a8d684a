//! `Updates`: an event stream with its own progress among the items.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::FusedStream;
use futures::{Stream, StreamExt};

use crate::events::{CloseReason, Event, EventStream, Gap};

/// An item of [`Updates`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Update {
    /// The next event.
    Event(Event),
    /// Events that the stream does not get.
    Gap(Gap),
    /// Everything that the log has now was delivered: what follows is new.
    CaughtUp,
    /// More than 1,024 positions are unread; [`CaughtUp`](Self::CaughtUp) follows when they have been
    /// read.
    FellBehind {
        /// How many positions there are to read.
        unread: u64,
    },
    /// The log is closed, for this reason, and everything in it was delivered. The last item.
    Closed(CloseReason),
}

/// The stream of [`EventStream::updates`]: events and gaps, and between them the progress of the
/// stream itself.
///
/// For user interfaces that show the past at once and animate only what follows.
///
/// - **Order.** Events and gaps as in the stream. [`Update::CaughtUp`] comes once after the replay
///   (at once, if there is nothing to replay) and once after each [`Update::FellBehind`].
/// - **Falling behind** means that more than 1,024 positions are unread after the stream had caught
///   up. Nothing is lost by it; if something is, a [`Update::Gap`] says so.
/// - **`FellBehind` comes before the gap** that it may lead to: its number counts what is then missed, too.
/// - **End.** [`Update::Closed`] is the last item, unless the stream was cut with
///   [`until`](EventStream::until) before the log's end: then it just ends.
/// - **Progress items are not in the log**: they belong to this stream. A late one begins with its
///   own replay.
/// - **Cancel safety.** Dropping a `next()` future loses no item.
///
/// ```
/// use copilot_sessions::events::{CloseReason, EventDraft, EventLogWriter, Update};
/// use futures::{StreamExt, executor::block_on};
///
/// let mut writer = EventLogWriter::default();
/// let mut updates = writer.log().events().updates();
/// writer.append(EventDraft::parse(r#"{"id":"1","type":"k"}"#)).unwrap();
/// let mut next = || block_on(updates.next());
/// assert!(matches!(next(), Some(Update::Event(_))));
/// assert!(matches!(next(), Some(Update::CaughtUp)));
/// writer.append(EventDraft::parse(r#"{"id":"2","type":"k"}"#)).unwrap();
/// assert!(matches!(next(), Some(Update::Event(_))));
/// writer.close(CloseReason::Disconnected);
/// assert!(matches!(next(), Some(Update::Closed(CloseReason::Disconnected))));
/// assert!(next().is_none());
/// ```
#[derive(Clone, Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Updates {
    events: EventStream,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// There is something to read before the stream has caught up.
    Behind,
    CaughtUp,
    /// `Closed` was delivered, or the stream has ended without it.
    Ended,
}

/// More unread positions than this are a stream that has fallen behind: a few segments, which a
/// stream that keeps up never has.
const MAX_UNREAD: u64 = 1024;

impl EventStream {
    /// The stream with its own progress among the items: when it has caught up with the log, when
    /// it has fallen behind, and why it ended.
    pub fn updates(self) -> Updates {
        Updates { events: self, phase: Phase::Behind }
    }
}

impl Updates {
    /// The stream below, at the place that this one has reached.
    pub fn into_inner(self) -> EventStream {
        self.events
    }

    fn catch_up(&mut self) -> Poll<Option<Update>> {
        self.phase = Phase::CaughtUp;
        Poll::Ready(Some(Update::CaughtUp))
    }
}

impl Stream for Updates {
    type Item = Update;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Update>> {
        if self.phase == Phase::Ended {
            return Poll::Ready(None);
        }
        let unread = self.events.unread();
        if self.phase == Phase::CaughtUp && unread > MAX_UNREAD {
            self.phase = Phase::Behind;
            return Poll::Ready(Some(Update::FellBehind { unread }));
        }
        match self.events.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(event))) => Poll::Ready(Some(Update::Event(event))),
            Poll::Ready(Some(Err(gap))) => Poll::Ready(Some(Update::Gap(gap))),
            Poll::Ready(None) if self.phase == Phase::Behind => self.catch_up(),
            Poll::Ready(None) => {
                self.phase = Phase::Ended;
                Poll::Ready(self.events.end_reason().map(Update::Closed))
            }
            // The task may also have used up its budget.
            Poll::Pending if self.phase == Phase::Behind && !self.events.has_ready() => {
                self.catch_up()
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl FusedStream for Updates {
    fn is_terminated(&self) -> bool {
        self.phase == Phase::Ended
    }
}
