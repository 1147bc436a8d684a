//! The extension trait that gives streams of events their adapters.

use std::sync::Arc;

use futures::Stream;

use crate::events::adapters::filtered::Filtered;
use crate::events::adapters::of_kind::OfKind;
use crate::events::adapters::text::TextStream;
use crate::events::adapters::turns::Turns;
use crate::events::adapters::until_idle::UntilIdle;
use crate::events::event::Event;
use crate::events::kinds::{EventKind, Payload};
use crate::events::lagged::Lagged;

/// Adapters for every stream of a session's events, live or replayed.
///
/// They compose with one another and with those of `futures::StreamExt`. None hides a gap:
/// each passes every [`Lagged`] on, in its place; those that give payloads instead of events
/// have it in a [`TypedError`]. None buffers, but for [`turns`](Self::turns), which keeps the
/// events of one turn. All end when the stream under them ends, and go on behind an error.
pub trait EventStreamExt: Stream<Item = Result<Arc<Event>, Lagged>> + Sized {
    /// Only events of kind `P`, with their payload typed.
    ///
    /// An event of that kind whose payload does not fit is an `Err` in its place, with the
    /// event and the reason; the stream goes on behind it.
    ///
    /// ```
    /// use copilot_sessions::events::kinds::AssistantMessageDelta;
    /// use copilot_sessions::events::{CloseReason, EventDraft, EventLog, EventStreamExt};
    /// use futures::{TryStreamExt, executor::block_on};
    ///
    /// let log = EventLog::default();
    /// for text in ["4", "2"] {
    ///     let event = format!(
    ///         r#"{{"id":"{text}","type":"assistant.message_delta",
    ///             "data":{{"messageId":"m","deltaContent":"{text}"}}}}"#
    ///     );
    ///     log.append(EventDraft::parse(&event)).unwrap();
    /// }
    /// log.close(CloseReason::Disconnected);
    ///
    /// let text: String = block_on(
    ///     log.events()
    ///         .of::<AssistantMessageDelta>()
    ///         .map_ok(|delta| delta.delta_content.clone())
    ///         .try_collect(),
    /// )
    /// .unwrap();
    /// assert_eq!(text, "42");
    /// ```
    fn of<P: Payload>(self) -> OfKind<Self, P> {
        OfKind::new(self)
    }

    /// Only events of these kinds, as they are. Nothing is decoded.
    ///
    /// ```
    /// # use copilot_sessions::events::{CloseReason, EventDraft, EventLog};
    /// use copilot_sessions::events::{EventKind, EventStreamExt};
    /// use futures::{TryStreamExt, executor::block_on};
    ///
    /// # let log = EventLog::default();
    /// # for kind in ["session.start", "user.message", "session.idle"] {
    /// #     let event = format!(r#"{{"id":"{kind}","type":"{kind}","data":{{}}}}"#);
    /// #     log.append(EventDraft::parse(&event)).unwrap();
    /// # }
    /// # log.close(CloseReason::Disconnected);
    /// let kinds = [EventKind::SessionStart, EventKind::SessionIdle];
    /// let events: Vec<_> = block_on(log.events().kinds(kinds).try_collect()).unwrap();
    /// assert_eq!(events.len(), 2);
    /// ```
    fn kinds(self, kinds: impl IntoIterator<Item = EventKind>) -> Filtered<Self> {
        Filtered::kinds(self, kinds.into_iter().collect())
    }

    /// Only events of the session's own agent, not of its sub-agents.
    fn main_agent(self) -> Filtered<Self> {
        Filtered::main_agent(self)
    }

    /// Only events of the sub-agent with this id.
    fn agent(self, id: impl Into<Box<str>>) -> Filtered<Self> {
        Filtered::agent(self, id.into())
    }

    /// Only events that the runtime keeps in the session's history, not ephemeral ones.
    fn persisted(self) -> Filtered<Self> {
        Filtered::persisted(self)
    }

    /// Ends behind the first event by which the session's own agent says that it has come
    /// to rest (`session.idle`), or with the stream.
    ///
    /// From a stream that replays, that is the first one in the log; for one to come, begin
    /// at the live end. Idle is about the session: to wait for the answer to a message of
    /// one's own, use [`send_and_wait`](crate::Session::send_and_wait).
    fn until_idle(self) -> UntilIdle<Self> {
        UntilIdle::new(self)
    }

    /// What is said, while it is being said: the pieces of each message and then the whole.
    ///
    /// A runtime that gives up an answer in the middle begins again under another message
    /// id, and the first message never comes whole: show the pieces of a message under its
    /// id, and let the whole take their place. Messages of sub-agents are among them;
    /// [`main_agent`](Self::main_agent) before this leaves them out. Without streaming
    /// there are no pieces. What does not fit is an `Err`, as with [`of`](Self::of).
    ///
    /// ```
    /// # use copilot_sessions::events::{CloseReason, EventDraft, EventLog};
    /// use copilot_sessions::events::{EventStreamExt, Text};
    /// use futures::{TryStreamExt, executor::block_on};
    ///
    /// # let log = EventLog::default();
    /// # for event in [
    /// #     r#"{"id":"1","type":"assistant.message_delta","data":{"messageId":"m","deltaContent":"4"}}"#,
    /// #     r#"{"id":"2","type":"assistant.message_delta","data":{"messageId":"m","deltaContent":"2"}}"#,
    /// #     r#"{"id":"3","type":"assistant.message","data":{"messageId":"m","content":"42"}}"#,
    /// # ] {
    /// #     log.append(EventDraft::parse(event)).unwrap();
    /// # }
    /// # log.close(CloseReason::Disconnected);
    /// let mut shown = String::new();
    /// let mut said = log.events().main_agent().text();
    /// while let Some(text) = block_on(said.try_next()).unwrap() {
    ///     match text {
    ///         Text::Delta(piece) => shown.push_str(&piece.delta_content),
    ///         Text::Message(message) => assert_eq!(shown, message.content),
    ///     }
    /// }
    /// assert_eq!(shown, "42");
    /// ```
    fn text(self) -> TextStream<Self> {
        TextStream::new(self)
    }

    /// Whole turns: all events from a `user.message` to the `session.idle` that ends the
    /// work on it, in one item.
    ///
    /// - Where the agent goes on without a message (after a resume with a tool call open, or
    ///   because work that failed told its idle late), a turn begins with the agent's own
    ///   `assistant.turn_start` of the turn id `0`.
    /// - The rest of a turn whose beginning came before the stream, or was missed between two
    ///   turns, is passed over.
    /// - Messages that come while the agent is at work belong to the turn under way.
    /// - What comes between turns is passed over.
    /// - A gap within a turn is passed on at once, and counted in the turn, which then is
    ///   all that is left of it.
    /// - A turn that is under way when the stream ends is delivered as it is;
    ///   [`is_complete`](TurnEvents::is_complete) tells.
    ///
    /// Keeps the events of the turn under way: a long turn takes as much memory as it has
    /// events, whatever the log's own bounds.
    fn turns(self) -> Turns<Self> {
        Turns::new(self)
    }
}

impl<S: Stream<Item = Result<Arc<Event>, Lagged>>> EventStreamExt for S {}
