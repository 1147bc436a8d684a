//! `send`, `send_and_wait` and `abort`: sending messages to a session.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tracing::Instrument;

use crate::error::{ErrorKind, Result};
use crate::events::MessageRun;
use crate::ids::MessageId;
use crate::rpc::RpcError;
use crate::session::handle::SessionHandle;
use crate::session::states::{Active, Session};
use crate::session::turn::answer::Answer;
use crate::session::turn::message::Message;
use crate::session::turn::timing::{Alarm, InactivityTimeout};
use crate::session::turn::wait::Work;

/// Queries whether a message is in the runtime's queue, or the agent is at work.
type Query = Box<dyn Fn(MessageId) -> BoxFuture<'static, bool> + Send + Sync>;

/// The work on a message of a session.
pub(super) type SessionWork = Work<Query, BoxFuture<'static, bool>>;

impl SessionHandle {
    /// Sends a message, and returns its id as soon as the runtime has accepted it.
    ///
    /// What the agent does with it arrives as events. While the agent is at work the runtime
    /// queues the message, unless it is [`immediate`](Message::immediate). There is no time
    /// limit. [`send_and_wait`](Self::send_and_wait) waits for the answer.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: after dropping the future it is unknown whether the message was sent.
    pub fn send<M: Into<Message>>(
        &self,
        message: M,
    ) -> impl Future<Output = Result<MessageId>> + Send + use<M> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Sent {
            message_id: MessageId,
        }

        let (handle, message) = (self.clone(), message.into());
        async move {
            let sent: Sent = handle.call("session.send", &message).await?;
            tracing::debug!(session = ?handle.id(), message_id = ?sent.message_id, "message sent");
            Ok(sent.message_id)
        }
    }

    /// Sends a message and waits for the agent's answer to it.
    ///
    /// Returns the answer to this message and no other: messages of other clients, sub-agents,
    /// and events about earlier work are told apart. Any number of these futures may wait in
    /// one session at once. The answer to a [steering](Message::immediate) message is the last
    /// text of the work that it changed.
    ///
    /// Runtimes before 1.0.83 do not say which message an event is about; there, messages are told apart by
    /// their text.
    ///
    /// The end of the work is read from the session's events. They do not always suffice: after
    /// an abort, in autopilot, and when a `session.idle` may be about earlier work. Then the
    /// runtime is queried, with pauses that grow from a quarter of a second to eight seconds,
    /// until events or an answer settle it.
    ///
    /// # Errors
    ///
    /// - [`TurnFailed`](ErrorKind::TurnFailed): the work ended with an error of the session.
    /// - [`Aborted`](ErrorKind::Aborted): the work was aborted, or the message was dropped from
    ///   the queue by an abort.
    /// - [`Ambiguous`](ErrorKind::Ambiguous): the runtime does not say which message its events are about,
    ///   and none has the message's text.
    /// - [`InvalidEvent`](ErrorKind::InvalidEvent): the message was answered, and the text of the answer
    ///   can't be read; [`Error::event`](crate::Error::event) has it.
    /// - [`TimedOut`](ErrorKind::TimedOut): nothing came for the message's [inactivity
    ///   timeout](Message::inactivity), five minutes by default: neither the answer to the sending, nor an
    ///   event. The work may continue.
    /// - [`Gap`](ErrorKind::Gap): events are missing, such as those that left the log before this
    ///   future read them; raise [`ClientOptions::log_bounds`](crate::ClientOptions::log_bounds).
    /// - [`Closed`](ErrorKind::Closed): the session ended.
    /// - The errors of [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the waiting, not the work: a message that was sent stays sent.
    /// Use [`abort`](Self::abort) to stop the work.
    pub fn send_and_wait<M: Into<Message>>(
        &self,
        message: M,
    ) -> impl Future<Output = Result<Answer>> + Send + use<M> {
        let (handle, message) = (self.clone(), message.into());
        let span = tracing::debug_span!("session.turn", session = ?self.id());
        async move {
            let mut work = handle.begin(message).await?.without_events();
            while work.next().await?.is_some() {}
            work.outcome()
        }
        .instrument(span)
    }

    /// Sends a message, and returns the work on it.
    pub(super) async fn begin(self, message: Message) -> Result<SessionWork> {
        // Both before sending: the first event may arrive before the answer to the send.
        let events = self.live_events();
        let was_idle = !self.core().is_busy();
        let (inactivity, texts) = (message.inactivity, message.texts());
        let id = self.send_within(message, inactivity).await?;
        let run = MessageRun::new(id, texts, was_idle);
        let query: Query = Box::new(move |id| {
            let handle = self.clone();
            async move { handle.is_queued_or_busy(id).await }.boxed()
        });
        Ok(Work::new(events, run, inactivity, query))
    }

    /// Sends a message. Fails when there is no answer and no event of the session for this long.
    async fn send_within(
        &self,
        message: Message,
        inactivity: Option<Duration>,
    ) -> Result<MessageId> {
        let mut sent = pin!(self.send(message));
        let mut events = self.live_events();
        let mut alarm = Alarm::default();
        loop {
            let timeout = InactivityTimeout::start(inactivity);
            tokio::select! {
                biased;
                sent = &mut sent => return sent,
                // At the end of the session, the call ends too.
                Some(_) = events.next_batch() => {}
                () = alarm.at(timeout.deadline) => timeout.check()?,
            }
        }
    }

    /// Aborts the work under way, and drops the messages that wait in the queue.
    ///
    /// Returns when the runtime has accepted the abort. The work has ended with the next
    /// `session.idle` event, which may arrive before or after that.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub fn abort(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        let aborted = self.call::<Value>("session.abort", &json!({}));
        async move { aborted.await.map(drop) }
    }

    /// Queries whether the message is in the runtime's queue, or the agent is at work, perhaps
    /// on this message. True also if the query fails or its answer can't be read; a runtime that does
    /// not know the methods counts as idle.
    async fn is_queued_or_busy(&self, id: MessageId) -> bool {
        #[derive(Default, Deserialize)]
        struct Queue {
            items: Vec<Value>,
        }
        #[derive(Default, Deserialize)]
        struct Work {
            processing: bool,
        }

        // One whose id can't be read may be this one.
        let is_this = |item: &Value| {
            let item = item.get("messageId").and_then(Value::as_str);
            item.is_none_or(|item| item == id.as_str())
        };
        match self.query::<Queue>("session.queue.pendingItems").await {
            Ok(queue) if queue.items.iter().any(is_this) => true,
            Ok(_) => match self.query::<Work>("session.metadata.isProcessing").await {
                Ok(work) => work.processing,
                Err(_) => true,
            },
            Err(_) => true,
        }
    }

    /// Calls a method; the default of `T` where the runtime does not have it.
    async fn query<T: DeserializeOwned + Default + Send + Sync + 'static>(
        &self,
        method: &str,
    ) -> Result<T> {
        match self.call(method, &json!({})).await {
            Err(error) if *error.kind() == ErrorKind::Rpc(RpcError::METHOD_NOT_FOUND) => {
                Ok(T::default())
            }
            answer => answer,
        }
    }
}

impl Session<Active> {
    /// Sends a message, and returns its id as soon as the runtime has accepted it; see
    /// [`SessionHandle::send`].
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: after dropping the future it is unknown whether the message was sent.
    pub fn send<M: Into<Message>>(
        &self,
        message: M,
    ) -> impl Future<Output = Result<MessageId>> + Send + use<M> {
        self.state.handle.send(message)
    }

    /// Sends a message and waits for the agent's answer to it, and to no other; see
    /// [`SessionHandle::send_and_wait`].
    ///
    /// # Errors
    ///
    /// Those of [`SessionHandle::send_and_wait`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the waiting, not the work: a message that was sent stays sent.
    /// Use [`abort`](Self::abort) to stop the work.
    pub fn send_and_wait<M: Into<Message>>(
        &self,
        message: M,
    ) -> impl Future<Output = Result<Answer>> + Send + use<M> {
        self.state.handle.send_and_wait(message)
    }

    /// Aborts the work under way, and drops the messages that wait in the queue; see
    /// [`SessionHandle::abort`].
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub fn abort(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        self.state.handle.abort()
    }
}
