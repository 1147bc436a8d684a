//! The poll loop that the filtering adapters share.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;

use crate::events::event::Event;

/// The next event of which `pick` makes something; the stream's errors and its end are passed on.
pub(super) fn poll_picked<S, T, E, F>(
    mut stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    pick: impl Fn(Event) -> Option<Result<T, F>>,
) -> Poll<Option<Result<T, F>>>
where
    S: Stream<Item = Result<Event, E>>,
    F: From<E>,
{
    loop {
        match ready!(stream.as_mut().poll_next(cx)) {
            Some(Ok(event)) => {
                if let Some(picked) = pick(event) {
                    return Poll::Ready(Some(picked));
                }
            }
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => return Poll::Ready(None),
        }
    }
}
