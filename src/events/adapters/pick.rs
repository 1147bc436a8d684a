//! The poll loop that the filtering adapters share.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::Stream;

use crate::events::event::Event;
use crate::events::lagged::Lagged;

/// The next event of which `pick` makes something; gaps and the end are passed on.
pub(super) fn poll_picked<S, T, E>(
    mut stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    pick: impl Fn(Arc<Event>) -> Option<Result<T, E>>,
) -> Poll<Option<Result<T, E>>>
where
    S: Stream<Item = Result<Arc<Event>, Lagged>>,
    E: From<Lagged>,
{
    loop {
        match ready!(stream.as_mut().poll_next(cx)) {
            Some(Ok(event)) => {
                if let Some(picked) = pick(event) {
                    return Poll::Ready(Some(picked));
                }
            }
            Some(Err(lagged)) => return Poll::Ready(Some(Err(lagged.into()))),
            None => return Poll::Ready(None),
        }
    }
}
