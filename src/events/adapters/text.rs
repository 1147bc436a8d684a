//! The adapter `text`: messages of agents, as deltas and whole.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use crate::events::Event;
use crate::events::adapters::pick::poll_picked;
use crate::events::adapters::{Typed, TypedError};
use crate::events::kinds::{AssistantMessage, AssistantMessageDelta};

/// A message of an agent, or a delta of one that is being written.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a text is a delta or a message")]
pub enum Text {
    /// Text to append to the earlier deltas of the same message id.
    Delta(Typed<AssistantMessageDelta>),
    /// The whole message; it replaces its deltas. Empty when the agent only calls tools.
    Message(Typed<AssistantMessage>),
}

impl Text {
    /// The id of the message.
    pub fn message_id(&self) -> &str {
        match self {
            Self::Delta(delta) => &delta.message_id,
            Self::Message(message) => &message.message_id,
        }
    }

    /// The text of the delta or of the message.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Delta(delta) => &delta.delta_content,
            Self::Message(message) => &message.content,
        }
    }

    /// The event.
    pub fn event(&self) -> &Event {
        match self {
            Self::Delta(delta) => delta.event(),
            Self::Message(message) => message.event(),
        }
    }

    fn read<E>(event: Event) -> Option<Result<Self, TypedError<E>>> {
        if event.is::<AssistantMessageDelta>() {
            Typed::read(event).map(|delta| delta.map(Self::Delta))
        } else {
            Typed::read(event).map(|message| message.map(Self::Message))
        }
    }
}

/// The stream of [`EventStreamExt::text`](super::EventStreamExt::text).
#[pin_project]
#[derive(Clone, Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct TextStream<S> {
    #[pin]
    stream: S,
}

impl<S> TextStream<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream }
    }
}

impl<S, E> Stream for TextStream<S>
where
    S: Stream<Item = Result<Event, E>>,
{
    type Item = Result<Text, TypedError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        poll_picked(self.project().stream, cx, Text::read)
    }
}

impl<S, E> FusedStream for TextStream<S>
where
    S: FusedStream<Item = Result<Event, E>>,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
