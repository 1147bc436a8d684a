//! `Active`: the state of a session that the runtime has started, its handlers and calls.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::events::{Event, EventDraft, EventLog, Lagged};
use crate::ids::SessionId;
use crate::session::ending::SessionGuard;
use crate::session::states::capabilities::Capabilities;
use crate::session::states::session::{Session, State, sealed};
use crate::session::states::subscription::{Handler, Subscription};

/// The state of a [`Session`] that the runtime has started: messages can be sent and methods
/// called.
///
/// Dropping an active session closes its log with [`CloseReason::Dropped`] and sends the
/// runtime a detach request without waiting for the answer; use
/// [`disconnect`](Session::disconnect) to wait and to learn of errors. The session's history
/// stays on the disk.
pub struct Active {
    pub(in crate::session) guard: SessionGuard,
    workspace_path: Option<PathBuf>,
    capabilities: Capabilities,
}

impl Active {
    pub(in crate::session) fn new(
        guard: SessionGuard,
        workspace_path: Option<PathBuf>,
        capabilities: Capabilities,
    ) -> Self {
        Self { guard, workspace_path, capabilities }
    }
}

impl sealed::Sealed for Active {}
impl State for Active {}

impl Session<Active> {
    /// The session's id.
    pub fn id(&self) -> &SessionId {
        self.state.guard.id()
    }

    /// The directory in which the runtime keeps the session's files; `None` if it named none.
    pub fn workspace_path(&self) -> Option<&Path> {
        self.state.workspace_path.as_deref()
    }

    /// What the session could do when it was started. Later changes are `capabilities.changed`
    /// events and do not show here.
    pub fn capabilities(&self) -> &Capabilities {
        &self.state.capabilities
    }

    /// Adds an event handler: a function that is called with every event, from the oldest that
    /// the log retains on.
    ///
    /// It runs in a task of its own, spawned at once, and ends with the session's log. Order,
    /// slow handlers and panics are as with the [handlers of a pending
    /// session](Session::on_event). Dropping the returned [`Subscription`] does not remove the
    /// handler.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn on_event<F, A>(&self, handler: F) -> Subscription
    where
        F: FnMut(Arc<Event>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Handler::for_events(handler).spawn(&self.core)
    }

    /// Like [`on_event`](Self::on_event), but the handler gets every item of the event stream:
    /// `Ok(event)`, or `Err(lagged)` in place of events that it missed.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn on_each<F, A>(&self, handler: F) -> Subscription
    where
        F: FnMut(Result<Arc<Event>, Lagged>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Handler::for_items(handler).spawn(&self.core)
    }

    /// Like [`on_event`](Self::on_event), for a handler that blocks: it runs on a thread of its
    /// own. [`Subscription::cancel`] does not end it.
    ///
    /// # Panics
    ///
    /// If the system can't spawn a thread.
    pub fn on_event_blocking(
        &self,
        handler: impl FnMut(Arc<Event>) + Send + 'static,
    ) -> Subscription {
        Handler::blocking(handler).spawn(&self.core)
    }

    /// Fetches the session's persisted history from the runtime, as an event log of its own.
    ///
    /// Includes events from before this program started or resumed the session. Ephemeral
    /// events, such as text deltas, are not persisted. The log numbers the events from 1,
    /// independently of the session's own log, and is closed with [`CloseReason::Complete`].
    /// The whole history is in memory at once.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn history(&self) -> Result<EventLog> {
        #[derive(Deserialize)]
        struct History {
            events: Vec<Box<RawValue>>,
        }

        let History { events } = self.call("session.getMessages", &json!({})).await?;
        Ok(EventLog::from_events(events.iter().map(|event| EventDraft::parse(event.get()))))
    }

    /// Calls a method of the runtime by its name, for this session, and decodes the result.
    ///
    /// `params` must serialize to a JSON object, or to `null` for none. The field `sessionId`
    /// is set to this session's id, replacing any other. There is no time limit. With the
    /// feature `methods`, `session.rpc()` has the methods with types.
    ///
    /// # Errors
    ///
    /// - [`Closed`](crate::ErrorKind::Closed): the session has ended, or ends before the
    ///   answer. Nothing is sent for a session that has ended.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): `params` is no JSON object.
    /// - [`Rpc`](crate::ErrorKind::Rpc): the runtime answered with an error.
    /// - [`SessionNotFound`](crate::ErrorKind::SessionNotFound): the runtime does not know the
    ///   session.
    /// - [`InvalidResponse`](crate::ErrorKind::InvalidResponse): the result can't be decoded as `R`.
    ///
    /// # Cancel safety
    ///
    /// A dropped future leaves nothing behind in this process. Once the request has been
    /// queued, the runtime still carries it out: the protocol has no cancellation.
    pub async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<R> {
        let params = self.with_session_id(method, params)?;
        let called = self.client.core().call(method, &params).await;
        called.map_err(|error| self.call_error(error))
    }

    /// Like [`call`](Self::call), but returns the result's JSON text as the runtime wrote it.
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub async fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Box<RawValue>> {
        let params = self.with_session_id(method, params)?;
        self.call_with_id(method, &params).await
    }

    /// Calls a method with parameters that contain the session's id already.
    pub(in crate::session) async fn call_with_id(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Box<RawValue>> {
        self.check_open()?;
        let called = self.client.call_raw(method, params).await;
        called.map_err(|error| self.call_error(error))
    }

    /// The parameters as an object, with `sessionId` set to the session's id.
    fn with_session_id(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<Map<String, Value>> {
        self.check_open()?;
        let mut params = match serde_json::to_value(params) {
            Ok(Value::Object(params)) => params,
            Ok(Value::Null) => Map::new(),
            Ok(_) => return Err(Error::invalid_params(method)),
            Err(error) => return Err(Error::invalid_params(method).with_source(error)),
        };
        params.insert("sessionId".into(), json!(self.id()));
        Ok(params)
    }

    fn check_open(&self) -> Result<()> {
        match self.close_reason() {
            Some(reason) => Err(Error::closed(reason)),
            None => Ok(()),
        }
    }

    fn call_error(&self, error: Error) -> Error {
        match self.close_reason() {
            // The session has ended meanwhile, which is the cause of the error.
            Some(reason) if error.close_reason().is_none() => {
                tracing::debug!(session = %self.id(), %error, "the session ended during a call");
                Error::closed(reason).with_source(error)
            }
            _ => error,
        }
    }
}

impl fmt::Debug for Active {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Active").field("id", self.guard.id()).finish_non_exhaustive()
    }
}
