//! A session at work.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result};
use crate::events::{CloseReason, Event, EventDraft, EventLog, Lagged, LogBounds};
use crate::rpc::RpcError;
use crate::session::lease::Lease;
use crate::session::message::Message;
use crate::session::state::Session;
use crate::session::subscriber::{Handler, Subscription};
use crate::session::turn::Answer;
use crate::session::wire::{Capabilities, Started};
use crate::session::{MessageId, SessionId, turn};

/// The state of a session that the runtime has started.
///
/// Dropping an active session closes its log with [`CloseReason::Dropped`] and tells the
/// runtime to detach it, without waiting for either: use
/// [`disconnect`](Session::disconnect) to hear how that went. Its history stays on the
/// disk.
pub struct Active {
    pub(super) lease: Lease,
    workspace_path: Option<PathBuf>,
    capabilities: Capabilities,
}

impl Active {
    pub(super) fn new(lease: Lease, started: Started) -> Self {
        Self {
            lease,
            workspace_path: started.workspace_path.map(PathBuf::from),
            capabilities: started.capabilities,
        }
    }
}

impl Session<Active> {
    /// The session's id.
    pub fn id(&self) -> &SessionId {
        &self.state.lease.id
    }

    /// Where the runtime keeps the session's files, if it said.
    pub fn workspace_path(&self) -> Option<&Path> {
        self.state.workspace_path.as_deref()
    }

    /// What the session could do when it was started; `capabilities.changed` events tell
    /// of changes.
    pub fn capabilities(&self) -> &Capabilities {
        &self.state.capabilities
    }

    /// Sends a message and returns its id as soon as the runtime has accepted it. The
    /// work on it shows in the events. While the agent is at work a message waits for its
    /// turn, unless it is [`immediate`](Message::immediate).
    ///
    /// # Cancel safety
    ///
    /// A dropped future leaves open whether the message was sent.
    pub async fn send(&self, message: impl Into<Message>) -> Result<MessageId> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Sent {
            message_id: MessageId,
        }

        let message = message.into();
        let sent: Sent = self.call("session.send", &message).await?;
        tracing::debug!(session = %self.id(), message = %sent.message_id, "message sent");
        Ok(sent.message_id)
    }

    /// Sends a message and waits for its answer.
    ///
    /// The answer is this message's own: what sub-agents say, the turns of other clients,
    /// and an idle or an error from before are not taken for it. Any number of these may
    /// be under way at once; each finds its own. A message that [steers](Message::immediate)
    /// is answered by what is said last in the run that took it up.
    ///
    /// Where the events leave open whether the work has ended (after an abort, in autopilot, or
    /// when an idle may be that of work before), the runtime is asked: when the doubt begins, and
    /// as long as it lasts after pauses that grow from a quarter of a second to eight.
    ///
    /// # Errors
    ///
    /// [`TurnFailed`](ErrorKind::TurnFailed) with the session's error,
    /// [`Aborted`](ErrorKind::Aborted), [`Closed`](ErrorKind::Closed) when the session
    /// ends, [`TimedOut`](ErrorKind::TimedOut) when the session stays silent for the
    /// message's [inactivity limit](Message::inactivity), or
    /// [`Lagged`](ErrorKind::Lagged) when its log is too small for the turn.
    ///
    /// # Cancel safety
    ///
    /// A dropped future stops waiting; a message that was sent is worked on all the same.
    pub async fn send_and_wait(&self, message: impl Into<Message>) -> Result<Answer> {
        let message = message.into();
        let inactivity = message.inactivity;
        let span = tracing::debug_span!("session.turn", session = %self.id());
        async {
            // Both before anything is sent: the first event may come before the answer.
            let events = self.live_events();
            let alone = !self.core.is_busy();
            let id = self.send(message).await?;
            turn::answer(events, id, alone, inactivity, |id| self.is_waiting(id)).await
        }
        .instrument(span)
        .await
    }

    /// Whether the runtime keeps the message for later, or is at work, perhaps on it; also if
    /// it can't tell just now. One that does not know the questions is taken to be idle.
    async fn is_waiting(&self, id: MessageId) -> bool {
        let ask = async |method| match self.call::<Value>(method, &json!({})).await {
            Err(error) if *error.kind() == ErrorKind::Rpc(RpcError::METHOD_NOT_FOUND) => {
                Some(Value::Null)
            }
            answer => answer.ok(),
        };
        let Some(pending) = ask("session.queue.pendingItems").await else { return true };
        let items = pending.get("items").and_then(Value::as_array);
        let is_ours = |item: &Value| item.get("messageId") == Some(&json!(id));
        if items.is_some_and(|items| items.iter().any(is_ours)) {
            return true;
        }
        let Some(work) = ask("session.metadata.isProcessing").await else { return true };
        work.get("processing") == Some(&Value::Bool(true))
    }

    /// Aborts the work under way and drops the messages that wait. The work has ended when
    /// `session.idle` comes, which may be before this returns.
    pub async fn abort(&self) -> Result<()> {
        self.call::<Value>("session.abort", &json!({})).await.map(drop)
    }

    /// Calls `handler` with every event, from the first one on; see
    /// [`Session::<Pending>::on_event`](Session::on_event).
    pub fn on_event<F, A>(&self, handler: F) -> Subscription
    where
        F: FnMut(Arc<Event>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Handler::events(handler).spawn(&self.core)
    }

    /// Calls `handler` with every item of the stream, also with what it missed.
    pub fn on_each<F, A>(&self, handler: F) -> Subscription
    where
        F: FnMut(Result<Arc<Event>, Lagged>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Handler::each(handler).spawn(&self.core)
    }

    /// Calls a handler that may block with every event, on a thread of its own.
    pub fn on_event_blocking(
        &self,
        handler: impl FnMut(Arc<Event>) + Send + 'static,
    ) -> Subscription {
        Handler::blocking(handler).spawn(&self.core)
    }

    /// The history that the runtime has persisted, as a log of its own: closed, numbered
    /// from 1, to be read like the live one. Ephemeral events are not part of it.
    pub async fn history(&self) -> Result<EventLog> {
        #[derive(Deserialize)]
        struct History {
            events: Vec<Box<RawValue>>,
        }

        let History { events } = self.call("session.getMessages", &json!({})).await?;
        let log = EventLog::new(LogBounds::new(u64::MAX, usize::MAX));
        for event in events {
            // Open and unbounded: takes everything.
            let _ = log.append(EventDraft::parse(event.get()));
        }
        log.close(CloseReason::Complete);
        Ok(log)
    }

    /// Calls a method of the runtime by its name, with the session's id filled in.
    ///
    /// `params` must serialize to an object. Methods that this crate has no function for
    /// are all reachable this way.
    ///
    /// # Cancel safety
    ///
    /// As [`Client::call`](super::Client::call).
    pub async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<R> {
        let params = self.params_of(method, params)?;
        let called = self.client.inner().call(method, &params).await;
        called.map_err(|error| self.call_error(error))
    }

    /// Like [`call`](Self::call), with the result as the runtime wrote it.
    pub async fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Box<RawValue>> {
        let params = self.params_of(method, params)?;
        let called = self.client.call_raw(method, &params).await;
        called.map_err(|error| self.call_error(error))
    }

    /// The parameters with the session's id.
    fn params_of(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<Map<String, Value>> {
        if let Some(reason) = self.close_reason() {
            return Err(Error::closed(reason));
        }
        let mut params = match serde_json::to_value(params) {
            Ok(Value::Object(params)) => params,
            Ok(Value::Null) => Map::new(),
            Ok(_) => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("the parameters of `{method}` are not an object"),
                ));
            }
            Err(error) => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("the parameters of `{method}` can't be written as JSON"),
                )
                .with_source(error));
            }
        };
        params.insert("sessionId".into(), json!(self.id()));
        Ok(params)
    }

    fn call_error(&self, error: Error) -> Error {
        match self.close_reason() {
            // The session went away meanwhile: that is the reason behind the error.
            Some(reason) if error.close_reason().is_none() => {
                Error::closed(reason).with_source(error)
            }
            _ => error,
        }
    }
}

impl fmt::Debug for Active {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Active").field("id", &self.lease.id).finish_non_exhaustive()
    }
}
