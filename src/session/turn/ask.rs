//! `ask`: the work on one message, as a stream of its events and as its answer.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use futures::stream::{BoxStream, FusedStream, StreamExt};
use futures::{FutureExt, Stream, stream};
use tracing::Instrument;

use crate::error::{Error, Result};
use crate::events::{CloseReason, Event};
use crate::ids::MessageId;
use crate::session::handle::SessionHandle;
use crate::session::states::{Active, Session};
use crate::session::turn::answer::Answer;
use crate::session::turn::message::Message;
use crate::session::turn::send::SessionWork;

/// The work on one message, from [`ask`](SessionHandle::ask): a stream of its events; `turn.await` gives
/// the answer.
///
/// - **Sending.** Nothing is sent before the first poll. Messages are sent in the order of first polls.
/// - **Items** are the events of this message's own run, in the order of the log: from the event that
///   takes it up to the one that ends the work, those of its sub-agents among them
///   ([`main_agent`](crate::EventStreamExt::main_agent) leaves them out). Events of other messages are
///   not among them, whoever sent those. Of a [steering](Message::immediate) message, they are the rest
///   of the run that it changed. The adapters of [`EventStreamExt`](crate::EventStreamExt) work on it:
///   [`text`](crate::EventStreamExt::text) is the text as it grows, if the session was started with
///   [`streaming`](crate::SessionConfig::streaming).
/// - **Answer.** `turn.await` reads what is left of the stream, and returns the answer. Both go together:
///   take some items, then await. A turn is [`IntoFuture`]: where a future is wanted (`tokio::spawn`,
///   `join_all`), write `async move { turn.await }`, or use
///   [`send_and_wait`](SessionHandle::send_and_wait).
/// - **Errors** are those of [`send_and_wait`](SessionHandle::send_and_wait): the last item of the stream
///   is the error with which the future fails.
/// - **End.** After its last item the stream stays ended.
/// - **Slow readers.** The events lie in the session's log until they are read. A turn that falls behind
///   the log's bounds ends with [`ErrorKind::Gap`](crate::ErrorKind::Gap).
/// - **Dropping** it stops reading, not the work. Use [`abort`](Self::abort).
///
/// ```
/// use copilot_sessions::testing::ScriptedAgent;
/// use copilot_sessions::{ClientOptions, EventStreamExt, SessionConfig};
/// use futures::{StreamExt, TryStreamExt};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let agent = ScriptedAgent::new();
/// let client = agent.connect(ClientOptions::new()).await?;
/// let session = client.create_session(SessionConfig::new()).await?;
///
/// let mut turn = session.ask("hello");
/// let first = turn.next().await.unwrap()?;
/// assert_eq!(first.kind(), "user.message");
/// let texts: Vec<_> = turn.by_ref().main_agent().text().try_collect().await?;
/// assert_eq!(texts.last().unwrap().as_str(), "You said: hello");
/// assert_eq!(turn.await?.text(), "You said: hello");
/// # client.stop().await?;
/// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is sent until the turn is polled or awaited"]
pub struct Turn {
    handle: SessionHandle,
    /// Ends with its first `Step::Ended`.
    steps: BoxStream<'static, Step>,
    message_id: Option<MessageId>,
    outcome: Option<Result<Answer>>,
}

/// What happens to the message.
enum Step {
    Sent(MessageId),
    Event(Event),
    Ended(Result<Answer>),
}

impl SessionHandle {
    /// Asks the agent: a [`Turn`] is the stream of what it does about this message, and awaited gives its
    /// answer. Nothing is sent before the turn is polled or awaited.
    ///
    /// Its errors are those of [`send_and_wait`](Self::send_and_wait), which is this without the stream.
    pub fn ask<M: Into<Message>>(&self, message: M) -> Turn {
        Turn::new(self.clone(), message.into())
    }
}

impl Session<Active> {
    /// Asks the agent: a [`Turn`] is the stream of what it does about this message, and awaited gives its
    /// answer; see [`SessionHandle::ask`].
    pub fn ask<M: Into<Message>>(&self, message: M) -> Turn {
        self.state.handle.ask(message)
    }
}

impl Turn {
    fn new(handle: SessionHandle, message: Message) -> Self {
        let span = tracing::debug_span!("session.turn", session = ?handle.id());
        let begun = handle.clone().begin(message).instrument(span);
        let steps = stream::once(begun).flat_map(steps).boxed();
        Self { handle, steps, message_id: None, outcome: None }
    }

    /// The id that the runtime gave the message; `None` until it has accepted it.
    pub fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }

    /// Aborts whatever the session's agent works on, and drops the messages that wait in the queue; see
    /// [`SessionHandle::abort`]. A turn that is under way ends with
    /// [`Aborted`](crate::ErrorKind::Aborted); one that was not polled yet is sent all the same when it
    /// is, and one that has ended stays as it is. The future does not borrow the turn.
    ///
    /// # Errors
    ///
    /// As [`SessionHandle::call`].
    ///
    /// # Cancel safety
    ///
    /// As [`SessionHandle::call`].
    pub fn abort(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        self.handle.abort()
    }
}

/// What has become of the message that was to be sent, and what follows.
fn steps(begun: Result<SessionWork>) -> impl Stream<Item = Step> {
    let (first, work) = match begun {
        Ok(work) => (Step::Sent(work.message_id().clone()), Some(work)),
        Err(error) => (Step::Ended(Err(error)), None),
    };
    stream::iter([first]).chain(stream::unfold(work, |work| async {
        let mut work = work?;
        match work.next().await {
            Ok(Some(event)) => Some((Step::Event(event), Some(work))),
            Ok(None) => Some((Step::Ended(work.outcome()), None)),
            Err(error) => Some((Step::Ended(Err(error)), None)),
        }
    }))
}

impl Stream for Turn {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.is_terminated() {
            match ready!(self.steps.poll_next_unpin(cx)) {
                Some(Step::Sent(id)) => self.message_id = Some(id),
                Some(Step::Event(event)) => return Poll::Ready(Some(Ok(event))),
                Some(Step::Ended(outcome)) => {
                    let error = outcome.as_ref().err().cloned();
                    self.outcome = Some(outcome);
                    return Poll::Ready(error.map(Err));
                }
                None => break,
            }
        }
        Poll::Ready(None)
    }
}

impl FusedStream for Turn {
    fn is_terminated(&self) -> bool {
        self.outcome.is_some()
    }
}

/// Reads what is left of the stream, and returns the answer.
impl IntoFuture for Turn {
    type Output = Result<Answer>;
    type IntoFuture = BoxFuture<'static, Result<Answer>>;

    fn into_future(mut self) -> Self::IntoFuture {
        async move {
            while self.next().await.is_some() {}
            // The stream ends with its outcome.
            self.outcome.unwrap_or_else(|| Err(Error::closed(CloseReason::Dropped)))
        }
        .boxed()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("message_id", &self.message_id)
            .field("ended", &self.is_terminated())
            .finish_non_exhaustive()
    }
}
