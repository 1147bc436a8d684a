//! What is said.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use pin_project::pin_project;

use crate::events::adapters::pick::poll_picked;
use crate::events::adapters::{Typed, TypedError};
use crate::events::kinds::{AssistantMessage, AssistantMessageDelta};
use crate::events::{Event, Lagged};

/// A message of an agent, or a piece of one that is being written.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing between a piece and the whole")]
pub enum Text {
    /// To be appended to what came before under the same message id.
    Delta(Typed<AssistantMessageDelta>),
    /// The message as it is, in place of its pieces. Empty when the agent only asks for
    /// tools.
    Message(Typed<AssistantMessage>),
}

impl Text {
    /// The message that it is, or is a piece of.
    pub fn message_id(&self) -> &str {
        match self {
            Self::Delta(piece) => &piece.message_id,
            Self::Message(message) => &message.message_id,
        }
    }

    /// The text of the piece or of the message.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Delta(piece) => &piece.delta_content,
            Self::Message(message) => &message.content,
        }
    }

    /// The event that it comes from.
    pub fn event(&self) -> &Arc<Event> {
        match self {
            Self::Delta(piece) => piece.event(),
            Self::Message(message) => message.event(),
        }
    }

    fn read(event: Arc<Event>) -> Option<Result<Self, TypedError>> {
        if event.is::<AssistantMessageDelta>() {
            Typed::read(event).map(|piece| piece.map(Self::Delta))
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

impl<S: Stream<Item = Result<Arc<Event>, Lagged>>> Stream for TextStream<S> {
    type Item = Result<Text, TypedError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        poll_picked(self.project().stream, cx, Text::read)
    }
}
