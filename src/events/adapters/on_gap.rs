//! The adapter `on_gap`: events alone, with a function for the gaps.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use crate::events::Event;

/// The stream of [`EventStreamExt::on_gap`](super::EventStreamExt::on_gap).
#[pin_project]
#[derive(Clone)]
#[must_use = "streams do nothing unless polled"]
pub struct OnGap<S, F> {
    #[pin]
    stream: S,
    f: F,
}

impl<S, F> OnGap<S, F> {
    pub(super) fn new(stream: S, f: F) -> Self {
        Self { stream, f }
    }
}

impl<S, E, F> Stream for OnGap<S, F>
where
    S: Stream<Item = Result<Event, E>>,
    F: FnMut(E),
{
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut this = self.project();
        loop {
            match ready!(this.stream.as_mut().poll_next(cx)) {
                Some(Ok(event)) => return Poll::Ready(Some(event)),
                Some(Err(gap)) => (this.f)(gap),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<S, E, F> FusedStream for OnGap<S, F>
where
    S: FusedStream<Item = Result<Event, E>>,
    F: FnMut(E),
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<S: fmt::Debug, F> fmt::Debug for OnGap<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnGap").field("stream", &self.stream).finish_non_exhaustive()
    }
}
