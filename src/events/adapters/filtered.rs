//! Adapters that filter events by kind, agent or persistence.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use crate::events::Event;
use crate::events::adapters::pick::poll_picked;

/// The stream of the adapters that filter events: [`kinds`], [`main_agent`], [`agent`],
/// [`persisted`].
///
/// [`kinds`]: super::EventStreamExt::kinds
/// [`main_agent`]: super::EventStreamExt::main_agent
/// [`agent`]: super::EventStreamExt::agent
/// [`persisted`]: super::EventStreamExt::persisted
#[pin_project]
#[derive(Clone, Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Filtered<S> {
    #[pin]
    stream: S,
    which: Which,
}

#[derive(Clone, Debug)]
enum Which {
    Kinds(Box<[Box<str>]>),
    MainAgent,
    Agent(Box<str>),
    Persisted,
}

impl<S> Filtered<S> {
    pub(super) fn kinds(stream: S, kinds: Box<[Box<str>]>) -> Self {
        Self { stream, which: Which::Kinds(kinds) }
    }

    pub(super) fn main_agent(stream: S) -> Self {
        Self { stream, which: Which::MainAgent }
    }

    pub(super) fn agent(stream: S, id: Box<str>) -> Self {
        Self { stream, which: Which::Agent(id) }
    }

    pub(super) fn persisted(stream: S) -> Self {
        Self { stream, which: Which::Persisted }
    }
}

impl Which {
    fn takes(&self, event: &Event) -> bool {
        match self {
            Self::Kinds(kinds) => kinds.iter().any(|kind| **kind == *event.kind()),
            Self::MainAgent => event.agent_id().is_none(),
            Self::Agent(id) => event.agent_id() == Some(&**id),
            Self::Persisted => !event.is_ephemeral(),
        }
    }
}

impl<S, E> Stream for Filtered<S>
where
    S: Stream<Item = Result<Event, E>>,
{
    type Item = Result<Event, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        poll_picked(this.stream, cx, |event| this.which.takes(&event).then_some(Ok(event)))
    }
}

impl<S, E> FusedStream for Filtered<S>
where
    S: FusedStream<Item = Result<Event, E>>,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
