//! `InlineCall`: the future of a call whose callback runs on the reader task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde_json::value::RawValue;

use crate::rpc::error::CallError;

/// The future of [`Peer::call_inline`](crate::rpc::Peer::call_inline); resolves to the raw
/// result.
///
/// The request is queued when the future is polled. The future does not keep the connection
/// open.
///
/// # Cancel safety
///
/// If the future is dropped before the request is queued, nothing is sent and the callback is
/// dropped without being called. If it is dropped later, the callback still runs when the
/// response arrives.
#[must_use = "nothing is sent until the call is awaited"]
pub struct InlineCall(pub(super) Pin<Box<dyn Future<Output = Outcome> + Send>>);

type Outcome = Result<Box<RawValue>, CallError>;

impl Future for InlineCall {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for InlineCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InlineCall").finish_non_exhaustive()
    }
}
