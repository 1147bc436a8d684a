//! `EventStreamExt`: the adapters as methods of every stream of events.

use futures::{Stream, TryStream};

use crate::events::adapters::filtered::Filtered;
use crate::events::adapters::of_kind::OfKind;
use crate::events::adapters::on_gap::OnGap;
use crate::events::adapters::text::TextStream;
use crate::events::adapters::turns::Turns;
use crate::events::adapters::until_idle::UntilIdle;
use crate::events::event::Event;
use crate::events::kinds::Payload;

/// Adapters for every stream of a session's events, live or replayed.
///
/// - They compose with one another and with those of `futures::StreamExt`.
/// - **Gaps.** Every [`Gap`](crate::events::Gap) passes through in its place, and so does any other
///   error of the stream; adapters that yield payloads have it in a
///   [`TypedError`](crate::events::TypedError). [`on_gap`](Self::on_gap) takes gaps out.
/// - **Memory.** Only [`turns`](Self::turns) buffers: the events of one turn.
/// - **End.** An adapter ends when its stream ends. It continues after an `Err` item.
pub trait EventStreamExt:
    TryStream<Ok = Event> + Stream<Item = Result<Event, <Self as TryStream>::Error>> + Sized
{
    /// Only events of kind `P`, with their payload typed.
    ///
    /// An event of that kind whose payload does not decode is an `Err` in its place, with the
    /// event and the reason; the stream continues after it.
    ///
    /// ```
    /// use copilot_sessions::events::kinds::AssistantMessageDelta;
    /// use copilot_sessions::events::{CloseReason, EventDraft, EventLogWriter, EventStreamExt};
    /// use futures::{TryStreamExt, executor::block_on};
    ///
    /// let mut writer = EventLogWriter::default();
    /// let log = writer.log().clone();
    /// for text in ["4", "2"] {
    ///     let event = format!(
    ///         r#"{{"id":"{text}","type":"assistant.message_delta",
    ///             "data":{{"messageId":"m","deltaContent":"{text}"}}}}"#
    ///     );
    ///     writer.append(EventDraft::parse(&event)).unwrap();
    /// }
    /// writer.close(CloseReason::Disconnected);
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
    /// A kind is an [`EventKind`](crate::events::EventKind) or a name, so that kinds can be asked for
    /// that this release does not know.
    ///
    /// ```
    /// # use copilot_sessions::events::{CloseReason, EventDraft, EventLogWriter};
    /// use copilot_sessions::events::{EventKind, EventStreamExt};
    /// use futures::{TryStreamExt, executor::block_on};
    ///
    /// # let mut writer = EventLogWriter::default();
    /// # let log = writer.log().clone();
    /// # for kind in ["session.start", "user.message", "session.idle"] {
    /// #     let event = format!(r#"{{"id":"{kind}","type":"{kind}","data":{{}}}}"#);
    /// #     writer.append(EventDraft::parse(&event)).unwrap();
    /// # }
    /// # writer.close(CloseReason::Disconnected);
    /// let kinds = [EventKind::SessionStart, EventKind::SessionIdle];
    /// let events: Vec<_> = block_on(log.events().kinds(kinds).try_collect()).unwrap();
    /// assert_eq!(events.len(), 2);
    /// let events: Vec<_> = block_on(log.events().kinds(["user.message"]).try_collect()).unwrap();
    /// assert_eq!(events.len(), 1);
    /// ```
    fn kinds<K: AsRef<str>>(self, kinds: impl IntoIterator<Item = K>) -> Filtered<Self> {
        Filtered::kinds(self, kinds.into_iter().map(|kind| kind.as_ref().into()).collect())
    }

    /// Events alone: every gap, or other error of the stream, goes to `f` in its place.
    ///
    /// So nothing is dropped unseen, as `filter_map(Result::ok)` would do. `f` runs in the task that
    /// polls the stream.
    ///
    /// ```
    /// use copilot_sessions::events::{EventDraft, EventLogWriter, EventStreamExt};
    /// use futures::{StreamExt, executor::block_on};
    ///
    /// let mut writer = EventLogWriter::default();
    /// let log = writer.log().clone();
    /// writer.record_gap(Some(3));
    /// writer.append(EventDraft::parse(r#"{"id":"4","type":"k"}"#)).unwrap();
    /// drop(writer);
    ///
    /// let mut missed = 0;
    /// let events: Vec<_> = block_on(log.events().on_gap(|gap| missed += gap.missed()).collect());
    /// assert_eq!((missed, events.len()), (3, 1));
    /// ```
    fn on_gap<F: FnMut(Self::Error)>(self, f: F) -> OnGap<Self, F> {
        OnGap::new(self, f)
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

    /// Ends after the first `session.idle` of the session's own agent, or with the stream.
    ///
    /// On a stream that replays, that is the first idle in the log. For the next one, take the live
    /// events before you send: of a session that is idle already, no idle comes before it works
    /// again. Idle is about the session, not about one message: to wait for the answer
    /// to your message, use [`send_and_wait`](crate::Session::send_and_wait).
    fn until_idle(self) -> UntilIdle<Self> {
        UntilIdle::new(self)
    }

    /// Text as it is written: the deltas of each message, then the whole message.
    ///
    /// When a model call fails in the middle, the runtime starts again under another message id,
    /// and the first message never arrives whole: collect deltas by message id, and let the
    /// message replace them. Messages of sub-agents are included, unless
    /// [`main_agent`](Self::main_agent) comes first. Without the option `streaming` there are no
    /// deltas. A payload that does not decode is an `Err`, as with [`of`](Self::of).
    ///
    /// ```
    /// # use copilot_sessions::events::{CloseReason, EventDraft, EventLogWriter};
    /// use copilot_sessions::events::{EventStreamExt, Text};
    /// use futures::{TryStreamExt, executor::block_on};
    ///
    /// # let mut writer = EventLogWriter::default();
    /// # let log = writer.log().clone();
    /// # for event in [
    /// #     r#"{"id":"1","type":"assistant.message_delta","data":{"messageId":"m","deltaContent":"4"}}"#,
    /// #     r#"{"id":"2","type":"assistant.message_delta","data":{"messageId":"m","deltaContent":"2"}}"#,
    /// #     r#"{"id":"3","type":"assistant.message","data":{"messageId":"m","content":"42"}}"#,
    /// # ] {
    /// #     writer.append(EventDraft::parse(event)).unwrap();
    /// # }
    /// # writer.close(CloseReason::Disconnected);
    /// let mut shown = String::new();
    /// let mut said = log.events().main_agent().text();
    /// while let Some(text) = block_on(said.try_next()).unwrap() {
    ///     match text {
    ///         Text::Delta(delta) => shown.push_str(&delta.delta_content),
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
    /// - Where the agent works without a new message (after a resume with an open tool call, or
    ///   when the idle of failed work came late), a turn begins with the agent's own
    ///   `assistant.turn_start` of turn id `0`.
    /// - The rest of a turn that began before the stream, or in a gap between two turns, is
    ///   ignored.
    /// - Messages that come while the agent is at work belong to the turn under way.
    /// - Events between turns are ignored.
    /// - A gap within a turn is yielded at once and counted in the turn, which then lacks those
    ///   events.
    /// - A turn that is under way when the stream ends is delivered as it is;
    ///   [`is_complete`](crate::events::TurnEvents::is_complete) is false then.
    ///
    /// Keeps the events of the turn under way: a long turn takes as much memory as it has
    /// events, whatever the log's own bounds.
    fn turns(self) -> Turns<Self> {
        Turns::new(self)
    }
}

impl<S, E> EventStreamExt for S where S: Stream<Item = Result<Event, E>> {}
