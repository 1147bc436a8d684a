//! The connection to a runtime.

mod connect;
mod connection;
mod detach;
mod options;
mod requests;
mod stop;
mod transport;

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::watch;

use self::detach::Unawaited;
use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::rpc::{Peer, Process};
use crate::session::config::{JoinConfig, ResumeConfig, SessionConfig};
use crate::session::lifecycle::{LifecycleEvents, LifecycleSource};
use crate::session::pending::Pending;
use crate::session::registry::Registry;
use crate::session::state::Session;
use crate::session::wire::{AuthStatus, Pong, SessionFilter, SessionMetadata, Status};
use crate::session::{SessionId, wire};

pub(super) use self::connection::close_reason;
pub use self::connection::{ConnectionState, ConnectionStates};
pub(super) use self::detach::UnderWay;
pub use self::options::ClientOptions;
pub use self::requests::Incoming;
pub(super) use self::requests::RequestHandler;
pub use self::stop::StopError;
pub use self::transport::{Endpoint, RuntimeCommand, Transport};

/// The version of the protocol that this crate speaks.
pub const PROTOCOL_VERSION: u64 = 3;

/// A connection to a Copilot runtime: a process that it started, or one that runs already.
///
/// Clones share the connection. It ends with [`stop`](Self::stop), which is the orderly
/// way; with [`force_stop`](Self::force_stop); when the runtime goes away; or when the
/// last clone **and** the last session have been dropped (streams alone don't keep it): a
/// runtime that this client started is killed then. Whatever ends it, the log of every
/// session is closed with the reason, after everything that was received.
///
/// One connection carries all sessions. Its reader waits for no subscriber, no handler
/// and no journal; calls wait while the runtime reads nothing, in bounded memory.
#[derive(Clone)]
pub struct Client {
    inner: Arc<ClientInner>,
}

pub(crate) struct ClientInner {
    peer: Peer,
    registry: Arc<Registry>,
    lifecycle: LifecycleSource,
    state: Arc<watch::Sender<ConnectionState>>,
    options: ClientOptions,
    endpoint: Option<Endpoint>,
    runtime: OnceLock<RuntimeInfo>,
    unawaited: Unawaited,
}

/// What the runtime said of itself when the connection was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeInfo {
    /// Its version; `None` from runtimes too old to say.
    pub version: Option<String>,
    /// The version of the protocol that it speaks.
    pub protocol_version: u64,
}

impl Client {
    /// A new session, as yet unknown to the runtime: see [`Session<Pending>`].
    pub fn create_session(&self, config: SessionConfig) -> Session<Pending> {
        Session::pending(self.clone(), config.into_plan())
    }

    /// A session that goes on from its persisted history, or joins one that is loaded.
    pub fn resume_session(
        &self,
        id: impl Into<SessionId>,
        config: ResumeConfig,
    ) -> Session<Pending> {
        Session::pending(self.clone(), config.into_plan(id.into()))
    }

    /// The session that started this program as an extension; named by `SESSION_ID` in
    /// the environment. [`join_session`](super::join_session) also makes the connection.
    ///
    /// # Errors
    ///
    /// [`NotAnExtension`](crate::ErrorKind::NotAnExtension) without that variable.
    pub fn join_session(&self, config: JoinConfig) -> Result<Session<Pending>> {
        let id = super::join::session_id()?;
        Ok(Session::pending(self.clone(), config.into_plan(id)))
    }

    /// Asks the runtime for a sign of life.
    pub async fn ping(&self, message: impl Into<String>) -> Result<Pong> {
        self.inner.call("ping", &json!({ "message": message.into() })).await
    }

    /// The runtime's version and protocol.
    pub async fn status(&self) -> Result<Status> {
        self.inner.call("status.get", &json!({})).await
    }

    /// Whether a user is signed in.
    pub async fn auth_status(&self) -> Result<AuthStatus> {
        self.inner.call("auth.getStatus", &json!({})).await
    }

    /// The sessions that the runtime has persisted. One that was never sent a message is
    /// not among them.
    pub async fn list_sessions(&self) -> Result<Vec<SessionMetadata>> {
        let list: wire::SessionList = self.inner.call("session.list", &json!({})).await?;
        Ok(list.sessions)
    }

    /// Those of [`list_sessions`](Self::list_sessions) that worked in a place.
    pub async fn find_sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionMetadata>> {
        let params = json!({ "filter": filter });
        let list: wire::SessionList = self.inner.call("session.list", &params).await?;
        Ok(list.sessions)
    }

    /// The session that the runtime's own user interface shows; `None` if it shows none.
    /// Only a runtime that has one knows the method.
    pub async fn foreground_session(&self) -> Result<Option<SessionId>> {
        let shown: wire::NamedSession =
            self.inner.call("session.getForeground", &json!({})).await?;
        Ok(shown.session_id)
    }

    /// Has the runtime's own user interface show this session. Only a runtime that has one
    /// knows the method.
    ///
    /// # Errors
    ///
    /// Also when the runtime says that it did not.
    pub async fn set_foreground_session(&self, id: &SessionId) -> Result<()> {
        let params = json!({ "sessionId": id });
        let done: wire::Success = self.inner.call("session.setForeground", &params).await?;
        if done.success {
            return Ok(());
        }
        let why = done.error.unwrap_or_else(|| "it did not say why".to_owned());
        Err(Error::new(
            ErrorKind::InvalidResponse,
            format!("the runtime did not show session {id}: {why}"),
        ))
    }

    /// What the runtime knows of a session; `None` if it knows none of that id.
    pub async fn session_metadata(&self, id: &SessionId) -> Result<Option<SessionMetadata>> {
        let params = json!({ "sessionId": id });
        let found: wire::FoundSession = self.inner.call("session.getMetadata", &params).await?;
        Ok(found.session)
    }

    /// The session that was used last; `None` if there is none.
    pub async fn last_session_id(&self) -> Result<Option<SessionId>> {
        let last: wire::NamedSession = self.inner.call("session.getLastId", &json!({})).await?;
        Ok(last.session_id)
    }

    /// Deletes a session and its history from the disk. False if the runtime knows none of
    /// that id. A live handle's log is closed with [`CloseReason::Deleted`].
    pub async fn delete_session(&self, id: &SessionId) -> Result<bool> {
        if let Some(core) = self.inner.registry.get(id.as_str()) {
            core.begin_ending(CloseReason::Deleted);
        }
        let params = json!({ "sessionId": id });
        let deleted: wire::Success = self.inner.call("session.delete", &params).await?;
        if deleted.success
            && let Some(core) = self.inner.registry.remove(id.as_str())
        {
            core.log().close(CloseReason::Deleted);
        }
        Ok(deleted.success)
    }

    /// What happens to all sessions of the runtime from now on; see [`LifecycleEvents`].
    pub fn lifecycle_events(&self) -> LifecycleEvents {
        self.inner.lifecycle.subscribe()
    }

    /// The state of the connection now.
    pub fn connection_state(&self) -> ConnectionState {
        self.inner.state.borrow().clone()
    }

    /// The state of the connection now and every later one. A slow reader sees the newest
    /// state, not each one between. Ends with the connection's end.
    pub fn connection_states(&self) -> ConnectionStates {
        ConnectionStates::new(self.inner.state.subscribe())
    }

    /// Waits until the connection has ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn closed(&self) -> CloseReason {
        close_reason(&self.inner.peer.closed().await)
    }

    /// What the runtime said of itself.
    pub fn runtime(&self) -> &RuntimeInfo {
        // Set by the handshake, before any caller gets a client.
        static UNKNOWN: RuntimeInfo = RuntimeInfo { version: None, protocol_version: 0 };
        self.inner.runtime.get().unwrap_or(&UNKNOWN)
    }

    /// The runtime process, if this client started one.
    pub fn process(&self) -> Option<&Process> {
        self.inner.peer.process()
    }

    /// Where other clients can reach the same runtime: one that this client started on a
    /// port, or reached there. `None` for one that is reached over streams.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.inner.endpoint.as_ref()
    }

    /// How many events came for sessions that this client does not hold, or holds closed.
    /// They are in no log; a runtime sends hardly any.
    pub fn orphan_events(&self) -> u64 {
        self.inner.registry.unclaimed()
    }

    /// How many messages of the runtime could not be read: not UTF-8, not JSON, not
    /// JSON-RPC. If one of them was meant as an event, it is in no log; the connection goes
    /// on. A runtime sends none.
    pub fn malformed_messages(&self) -> u64 {
        self.inner.registry.unreadable()
    }

    /// Calls a method of the runtime by its name.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind here; a runtime that has received the
    /// request carries it out all the same, since the protocol can't take one back.
    pub async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<R> {
        self.inner.call(method, params).await
    }

    /// Like [`call`](Self::call), with the result as the runtime wrote it.
    pub async fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Box<RawValue>> {
        let called = self.inner.peer.call_raw(method, params).await;
        called.map_err(|error| ClientInner::call_error(method, error))
    }

    pub(super) fn inner(&self) -> &Arc<ClientInner> {
        &self.inner
    }
}

impl ClientInner {
    pub(super) fn peer(&self) -> &Peer {
        &self.peer
    }

    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    pub(super) fn options(&self) -> &ClientOptions {
        &self.options
    }

    pub(super) async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<R> {
        let called = self.peer.call(method, params).await;
        called.map_err(|error| Self::call_error(method, error))
    }

    pub(super) fn call_error(method: &str, error: crate::rpc::CallError) -> Error {
        Error::from_call(method, error, close_reason)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("state", &*self.inner.state.borrow())
            .field("runtime", &self.inner.runtime.get())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientInner").finish_non_exhaustive()
    }
}

/// Where the reader finds the client once it exists.
type ClientCell = Arc<OnceLock<Weak<ClientInner>>>;
