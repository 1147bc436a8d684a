//! The client: the handle to one connection, and the core that its clones share.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::events::CloseReason;
use crate::rpc::{CallError, Peer, Process};
use crate::session::connection::lifecycle::{LifecycleEvents, LifecycleSource};
use crate::session::connection::options::ClientOptions;
use crate::session::connection::registry::Registry;
use crate::session::connection::state::{ConnectionState, ConnectionStates, close_reason};
use crate::session::connection::transport::Endpoint;
use crate::session::connection::wait_group::WaitGroup;

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
    core: Arc<ClientCore>,
}

/// What the clones of a client share with its sessions.
pub(crate) struct ClientCore {
    pub(in crate::session) peer: Peer,
    pub(in crate::session) registry: Arc<Registry>,
    pub(in crate::session) lifecycle: LifecycleSource,
    pub(in crate::session) state: Arc<watch::Sender<ConnectionState>>,
    pub(in crate::session) options: ClientOptions,
    pub(in crate::session) endpoint: Option<Endpoint>,
    /// Set by the handshake, before any caller gets a client.
    pub(in crate::session) runtime: OnceLock<RuntimeInfo>,
    /// What [`Client::stop`] waits for, though no caller does.
    pub(in crate::session) background: WaitGroup,
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
    /// What happens to all sessions of the runtime from now on; see [`LifecycleEvents`].
    pub fn lifecycle_events(&self) -> LifecycleEvents {
        self.core.lifecycle.subscribe()
    }

    /// The state of the connection now.
    pub fn connection_state(&self) -> ConnectionState {
        self.core.state.borrow().clone()
    }

    /// The state of the connection now and every later one. A slow reader sees the newest
    /// state, not each one between. Ends with the connection's end.
    pub fn connection_states(&self) -> ConnectionStates {
        ConnectionStates::new(self.core.state.subscribe())
    }

    /// Waits until the connection has ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn closed(&self) -> CloseReason {
        close_reason(&self.core.peer.closed().await)
    }

    /// What the runtime said of itself.
    pub fn runtime(&self) -> &RuntimeInfo {
        // Set by the handshake, before any caller gets a client.
        static UNKNOWN: RuntimeInfo = RuntimeInfo { version: None, protocol_version: 0 };
        self.core.runtime.get().unwrap_or(&UNKNOWN)
    }

    /// The runtime process, if this client started one.
    pub fn process(&self) -> Option<&Process> {
        self.core.peer.process()
    }

    /// Where other clients can reach the same runtime: one that this client started on a
    /// port, or reached there. `None` for one that is reached over streams.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.core.endpoint.as_ref()
    }

    /// How many events came for sessions that this client does not hold, or holds closed.
    /// They are in no log; a runtime sends hardly any.
    pub fn orphan_events(&self) -> u64 {
        self.core.registry.unclaimed()
    }

    /// How many messages of the runtime could not be read: not UTF-8, not JSON, not
    /// JSON-RPC. If one of them was meant as an event, it is in no log; the connection goes
    /// on. A runtime sends none.
    pub fn malformed_messages(&self) -> u64 {
        self.core.registry.unreadable()
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
        self.core.call(method, params).await
    }

    /// Like [`call`](Self::call), with the result as the runtime wrote it.
    pub async fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Box<RawValue>> {
        let called = self.core.peer.call_raw(method, params).await;
        called.map_err(|error| ClientCore::call_error(method, error))
    }

    pub(in crate::session) fn new(core: Arc<ClientCore>) -> Self {
        Self { core }
    }

    pub(in crate::session) fn core(&self) -> &Arc<ClientCore> {
        &self.core
    }
}

impl ClientCore {
    pub(in crate::session) async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + Sync + ?Sized),
    ) -> Result<R> {
        let called = self.peer.call(method, params).await;
        called.map_err(|error| Self::call_error(method, error))
    }

    pub(in crate::session) fn call_error(method: &str, error: CallError) -> Error {
        Error::from_call(method, error, close_reason)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("state", &*self.core.state.borrow())
            .field("runtime", &self.core.runtime.get())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCore").finish_non_exhaustive()
    }
}
