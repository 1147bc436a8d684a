//! The adapter `of`: events of one kind, with their payload typed.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use crate::events::adapters::pick::poll_picked;
use crate::events::{DecodeError, Event, Gap, Payload};

/// The stream of [`EventStreamExt::of`](super::EventStreamExt::of).
#[pin_project]
#[must_use = "streams do nothing unless polled"]
pub struct OfKind<S, P> {
    #[pin]
    stream: S,
    payload: PhantomData<fn() -> P>,
}

impl<S, P> OfKind<S, P> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, payload: PhantomData }
    }
}

impl<S, E, P> Stream for OfKind<S, P>
where
    S: Stream<Item = Result<Event, E>>,
    P: Payload,
{
    type Item = Result<Typed<P>, TypedError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        poll_picked(self.project().stream, cx, Typed::read)
    }
}

impl<S, E, P> FusedStream for OfKind<S, P>
where
    S: FusedStream<Item = Result<Event, E>>,
    P: Payload,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<S: fmt::Debug, P> fmt::Debug for OfKind<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfKind").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// An event together with its typed payload, to which it dereferences.
pub struct Typed<P> {
    event: Event,
    payload: PhantomData<fn() -> P>,
}

impl<P: Payload> Typed<P> {
    /// The event as one of kind `P`; `None` if it is of another kind or does not decode.
    pub fn new(event: Event) -> Option<Self> {
        Self::read::<Gap>(event)?.ok()
    }

    /// The event as one of kind `P`, or its decode error; `None` if it is of another kind.
    pub(super) fn read<E>(event: Event) -> Option<Result<Self, TypedError<E>>> {
        let mismatch = event.try_get::<P>()?.err().cloned();
        Some(match mismatch {
            None => Ok(Self { event, payload: PhantomData }),
            Some(error) => Err(TypedError::Decode { event, error }),
        })
    }
}

/// The error of a stream of payloads: a gap, or a payload that does not decode. `E` is the error of
/// the stream below.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TypedError<E = Gap> {
    /// Events that the reader does not get.
    #[error(transparent)]
    Gap(#[from] E),
    /// An event of the right kind whose payload does not decode.
    #[error("event {} can't be read as a payload of its kind", event.seq())]
    Decode {
        /// The event, with its bytes.
        event: Event,
        /// The reason, and the field.
        #[source]
        error: DecodeError,
    },
}

impl<P> Typed<P> {
    /// The whole event.
    pub fn event(&self) -> &Event {
        &self.event
    }
}

impl<P: Payload> Deref for Typed<P> {
    type Target = P;

    #[expect(clippy::expect_used, reason = "`read` has decoded it, and an event never changes")]
    fn deref(&self) -> &P {
        self.event.get::<P>().expect("a payload that was decoded before")
    }
}

impl<P> Clone for Typed<P> {
    fn clone(&self) -> Self {
        Self { event: self.event.clone(), payload: PhantomData }
    }
}

impl<P> fmt::Debug for Typed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.event.fmt(f)
    }
}
