//! The adapter `turns`: the events from a message to the idle that ends the work on it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::stream::FusedStream;
use pin_project::pin_project;

use crate::events::activity::{AssistantMessage, begins_turn, is_idle, is_of_the_main_agent};
use crate::events::{DecodeError, Event, Payload, TurnFailure, kinds};

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
    /// the turn. One that can't be read is an error.
    pub fn user_messages(
        &self,
    ) -> impl Iterator<Item = Result<&kinds::UserMessage, &DecodeError>> {
        self.own()
    }

    /// The messages of the session's own agent; those that only call tools are empty. One that can't be
    /// read is an error.
    pub fn messages(
        &self,
    ) -> impl Iterator<Item = Result<&kinds::AssistantMessage, &DecodeError>> {
        self.own()
    }

    /// The last text of the session's own agent; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the text of a later message can't be read.
    pub fn answer(&self) -> Result<Option<Box<str>>, DecodeError> {
        let of_kind = self.main_agent().filter(|event| event.is::<kinds::AssistantMessage>());
        for event in of_kind.rev() {
            let message = AssistantMessage::read(event);
            match message.text {
                _ if message.is_of_a_tool => {}
                Ok(text) if text.is_empty() => {}
                text => return text.map(Some),
            }
        }
        Ok(None)
    }

    /// The last error of the turn.
    pub fn error(&self) -> Option<TurnFailure> {
        self.main_agent()
            .rev()
            .find(|event| event.is::<kinds::SessionError>())
            .map(TurnFailure::read)
    }

    /// Payloads of the session's own agent.
    fn own<P: Payload>(&self) -> impl Iterator<Item = Result<&P, &DecodeError>> {
        self.main_agent().filter_map(Event::try_get::<P>)
    }

    fn main_agent(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter().filter(|event| is_of_the_main_agent(event))
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
