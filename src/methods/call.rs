//! `Call`: the future of a typed method call.

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::json;

/// What carries a call to the runtime: a client or a session.
pub(crate) trait Caller: fmt::Debug + Send + Sync {
    /// The session that the parameters must name, if any.
    fn session_id(&self) -> Option<&SessionId>;

    /// Calls `method`, and sends nothing before the future is polled.
    fn call<'a>(&'a self, method: &'static str, params: Box<RawValue>) -> Reply<'a>;
}

/// The parameters of a call as they are sent: written once, with the session's id among them.
#[derive(Serialize)]
struct Params<'a, P> {
    #[serde(flatten)]
    params: P,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a SessionId>,
}

/// The parameters of a method that has none.
#[derive(Serialize)]
struct NoParams {}

/// What the runtime answers, as it wrote it.
pub(crate) type Reply<'a> = BoxFuture<'a, Result<Box<RawValue>>>;

/// A method call: a future with the result.
///
/// The request is sent when the future is polled first.
///
/// # Errors
///
/// Those of [`Client::call`](crate::Client::call). An answer that does not decode into `R` is an
/// [`InvalidResponse`](ErrorKind::InvalidResponse) that names the method and the field;
/// `call_raw` of the client and the session returns it as it was sent.
///
/// Half a character, which a runtime writes that cuts a text in UTF-16, does not fit into a string: it is
/// read as U+FFFD.
///
/// # Cancel safety
///
/// Dropping the future has no effect here. A runtime that has received the request carries it out
/// all the same: the protocol has no cancellation.
#[must_use = "nothing is sent before the call is awaited"]
pub struct Call<'a, R> {
    method: &'static str,
    reply: Reply<'a>,
    result: PhantomData<fn() -> R>,
}

impl<'a, R> Call<'a, R> {
    /// A call without parameters.
    pub(super) fn new(caller: &'a dyn Caller, method: &'static str) -> Self {
        Self::with(caller, method, NoParams {})
    }

    #[inline]
    pub(super) fn with(
        caller: &'a dyn Caller,
        method: &'static str,
        params: impl Serialize,
    ) -> Self {
        let params = Params { params, session_id: caller.session_id() };
        Self::written(caller, method, serde_json::value::to_raw_value(&params))
    }

    fn written(
        caller: &'a dyn Caller,
        method: &'static str,
        params: serde_json::Result<Box<RawValue>>,
    ) -> Self {
        let reply = match params {
            Ok(params) => caller.call(method, params),
            // A variant that this release does not know may have been made of anything.
            Err(error) => {
                let error = Error::invalid_params(method).with_source(error);
                Box::pin(std::future::ready(Err(error)))
            }
        };
        Self { method, reply, result: PhantomData }
    }

    /// The name of the method on the wire.
    pub fn method(&self) -> &'static str {
        self.method
    }
}

impl<R: DeserializeOwned + 'static> Future for Call<'_, R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        let reply = ready!(self.reply.as_mut().poll(context))?;
        let read = json::read(json_for::<R>(reply.get()));
        Poll::Ready(read.map_err(|mismatch| {
            let json::Mismatch { path, message } = mismatch;
            let place = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
            Error::new(
                ErrorKind::InvalidResponse,
                format!(
                    "the runtime's answer to `{}` does not have the expected type{place}; \
                     `call_raw` returns it as it was sent",
                    self.method
                ),
            )
            .with_source(message.into_string())
        }))
    }
}

impl<R> fmt::Debug for Call<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &self.method).finish_non_exhaustive()
    }
}

/// What to read a `T` from: nothing of `json` if `T` is nothing, since runtimes write that as
/// they like.
pub(super) fn json_for<T: 'static>(json: &str) -> &str {
    if TypeId::of::<T>() == TypeId::of::<()>() { "null" } else { json }
}
