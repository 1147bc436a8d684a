//! The adapter `turns`: the events from a message to the idle that ends the work on it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use crate::events::adapters::until_idle::is_idle;
use crate::events::kinds::{AssistantMessage, AssistantTurnStart, SessionError, UserMessage};
use crate::events::{Event, EventKind, Payload};

/// The events of one turn: from a user's message (or from work that the agent starts without
/// one) to the `session.idle` that ends it.
#[derive(Clone, Debug)]
pub struct TurnEvents {
    events: Vec<Event>,
    gaps: usize,
    complete: bool,
}

impl TurnEvents {
    /// The events, in order; at least one.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// In how many places events of the turn are missing. Each gap was an item of the stream too.
    pub fn gaps(&self) -> usize {
        self.gaps
    }

    /// Whether the turn came to its end before the stream did.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The user's messages: the one that the turn began with, if any, and those that came during
    /// the turn.
    pub fn user_messages(&self) -> impl Iterator<Item = &UserMessage> {
        self.own()
    }

    /// The messages of the session's own agent; those that only call tools are empty.
    pub fn messages(&self) -> impl Iterator<Item = &AssistantMessage> {
        self.own()
    }

    /// The last text of the session's own agent; `None` if there is none.
    pub fn answer(&self) -> Option<&str> {
        let texts = self.messages().map(|message| &*message.content);
        texts.filter(|text| !text.is_empty()).last()
    }

    /// The last error of the turn.
    pub fn error(&self) -> Option<&SessionError> {
        self.own().last()
    }

    /// Payloads of the session's own agent.
    fn own<P: Payload>(&self) -> impl Iterator<Item = &P> {
        let own = self.events.iter().filter(|event| event.agent_id().is_none());
        own.filter_map(|event| event.get::<P>())
    }
}

/// The stream of [`EventStreamExt::turns`](super::EventStreamExt::turns).
#[pin_project]
#[derive(Clone, Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Turns<S> {
    #[pin]
    stream: S,
    /// The turn under way.
    turn: Option<TurnEvents>,
}

impl<S> Turns<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, turn: None }
    }
}

fn begins_turn(event: &Event) -> bool {
    event.agent_id().is_none()
        && match event.known_kind() {
            Some(EventKind::UserMessage) => true,
            // Those after the first are the middle of work that has begun before.
            Some(EventKind::AssistantTurnStart) => {
                event.get::<AssistantTurnStart>().is_some_and(|start| start.turn_id == "0")
            }
            _ => false,
        }
}

impl<S, E> Stream for Turns<S>
where
    S: Stream<Item = Result<Event, E>>,
{
    type Item = Result<TurnEvents, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            let event = match ready!(this.stream.as_mut().poll_next(cx)) {
                Some(Ok(event)) => event,
                Some(Err(gap)) => {
                    if let Some(turn) = this.turn {
                        turn.gaps += 1;
                    }
                    return Poll::Ready(Some(Err(gap)));
                }
                None => return Poll::Ready(this.turn.take().map(Ok)),
            };
            let ends = is_idle(&event);
            if this.turn.is_none() && begins_turn(&event) {
                *this.turn = Some(TurnEvents { events: Vec::new(), gaps: 0, complete: false });
            }
            let Some(turn) = this.turn else { continue };
            turn.events.push(event);
            if ends {
                turn.complete = true;
                return Poll::Ready(this.turn.take().map(Ok));
            }
        }
    }
}

impl<S, E> FusedStream for Turns<S>
where
    S: FusedStream<Item = Result<Event, E>>,
{
    fn is_terminated(&self) -> bool {
        self.turn.is_none() && self.stream.is_terminated()
    }
}
