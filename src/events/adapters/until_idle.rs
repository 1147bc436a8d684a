//! The adapter `until_idle`: events up to the next `session.idle`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use crate::events::Event;
use crate::events::activity::is_idle;

/// The stream of [`EventStreamExt::until_idle`](super::EventStreamExt::until_idle).
///
/// After its end it stays ended, and the inner stream is not polled again.
#[pin_project]
#[derive(Clone, Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct UntilIdle<S> {
    #[pin]
    stream: S,
    ended: bool,
}

impl<S> UntilIdle<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, ended: false }
    }
}

impl<S, E> Stream for UntilIdle<S>
where
    S: Stream<Item = Result<Event, E>>,
{
    type Item = Result<Event, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if *this.ended {
            return Poll::Ready(None);
        }
        let item = ready!(this.stream.poll_next(cx));
        *this.ended = match &item {
            Some(Ok(event)) => is_idle(event),
            Some(Err(_)) => false,
            None => true,
        };
        Poll::Ready(item)
    }
}

impl<S, E> FusedStream for UntilIdle<S>
where
    S: Stream<Item = Result<Event, E>>,
{
    fn is_terminated(&self) -> bool {
        self.ended
    }
}
