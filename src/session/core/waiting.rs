//! Waiting for the end of a session, without being woken by its events.

use std::future::poll_fn;
use std::task::Poll;

use crate::events::{CloseReason, Registration, Wakers};

/// Waits until `reason` gives one. Whoever makes it do so calls [`Wakers::wake_all`] afterwards.
pub(super) async fn until(
    wakers: &Wakers,
    reason: impl Fn() -> Option<CloseReason>,
) -> CloseReason {
    let mut place = Place { wakers, registration: None };
    poll_fn(|cx| {
        if let Some(reason) = reason() {
            return Poll::Ready(reason);
        }
        place.wakers.register(&mut place.registration, cx.waker());
        // Once more: an end in between may not wake.
        reason().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// A place in the list, given back when the waiting ends.
struct Place<'a> {
    wakers: &'a Wakers,
    registration: Option<Registration>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.wakers.unregister(&mut self.registration);
    }
}
