//! The state of a session that the runtime has started, and the calls it allows.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::events::{CloseReason, Event, EventDraft, EventLog, Lagged, LogBounds};
use crate::ids::SessionId;
use crate::session::ending::SessionGuard;
use crate::session::states::capabilities::Capabilities;
use crate::session::states::session::{Session, State, sealed};
use crate::session::states::subscription::{Handler, Subscription};

/// The state of a session that the runtime has started.
///
/// Dropping an active session closes its log with [`CloseReason::Dropped`] and tells the
/// runtime to detach it, without waiting for either: use
/// [`disconnect`](Session::disconnect) to hear how that went. Its history stays on the
/// disk.
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
        &self.state.guard.id()
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
        let log =
            EventLog::new(LogBounds::default().max_events(u64::MAX).max_bytes(usize::MAX));
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
        let called = self.client.core().call(method, &params).await;
        called.map_err(|error| self.call_error(error))
    }

    /// Like [`call`](Self::call), with the result as the runtime wrote it.
    pub async fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Box<RawValue>> {
        let params = self.params_of(method, params)?;
        self.call_with_id(method, &params).await
    }

    /// Calls a method with parameters that have the session's id.
    pub(in crate::session) async fn call_with_id(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Box<RawValue>> {
        self.check_open()?;
        let called = self.client.call_raw(method, params).await;
        called.map_err(|error| self.call_error(error))
    }

    /// The parameters with the session's id, which takes the place of any other.
    fn params_of(
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
            // The session went away meanwhile: that is the reason behind the error.
            Some(reason) if error.close_reason().is_none() => {
                tracing::debug!(session = %self.id(), %error, "a call of a closed session failed");
                Error::closed(reason)
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
