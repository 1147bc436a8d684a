//! `Client`: the handle to one connection, and `ClientCore`, which its clones share.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};
use tokio::time::sleep;

use crate::error::{Error, Result};
use crate::events::CloseReason;
use crate::rpc::{CallError, Peer, Process};
use crate::session::connection::lifecycle::{LifecycleEvents, LifecycleSource};
use crate::session::connection::options::ClientOptions;
use crate::session::connection::registry::Registry;
use crate::session::connection::state::{ConnectionState, ConnectionStates, close_reason};
use crate::session::connection::stop_outcome::StopOutcome;
use crate::session::connection::transport::Endpoint;
use crate::session::connection::wait_group::WaitGroup;
use crate::session::core::EventHandlers;
use crate::session::inbox::Inbox;

/// The version of the runtime's protocol that this crate speaks.
pub const PROTOCOL_VERSION: u64 = 3;

/// A connection to a Copilot runtime, either one that this client started or one that was
/// running already.
///
/// Made by [`start`](Self::start) or [`connect`](Self::connect). Clones are cheap and share the
/// connection; one connection carries any number of sessions.
///
/// # How it ends
///
/// - [`stop`](Self::stop) is the orderly way, [`force_stop`](Self::force_stop) the immediate
///   one.
/// - The runtime exits, or the connection breaks.
/// - The last clone **and** the last session are dropped. A runtime that this client started is
///   killed then. Event streams do not keep the connection open.
///
/// In every case the log of each session is closed with the reason, after the events that were
/// read until then, and pending calls fail with
/// [`ErrorKind::Closed`](crate::ErrorKind::Closed). A connection that has ended stays so: start
/// a new client and resume the sessions by their ids.
///
/// # When something is slow
///
/// The connection's reader never waits for an event stream, a handler or a request of the
/// runtime. When the runtime reads slowly, calls wait; [`ConnectionLimits`] bounds how much
/// they queue. Calls have no time limit of their own.
///
/// [`ConnectionLimits`]: crate::rpc::ConnectionLimits
#[derive(Clone)]
pub struct Client {
    core: Arc<ClientCore>,
}

/// The state that a client's clones share with its sessions and the connection's reader.
pub(crate) struct ClientCore {
    pub(in crate::session) peer: Peer,
    pub(in crate::session) registry: Arc<Registry>,
    pub(in crate::session) inbox: Arc<Inbox>,
    pub(in crate::session) lifecycle: LifecycleSource,
    pub(in crate::session) state: Arc<watch::Sender<ConnectionState>>,
    pub(in crate::session) options: ClientOptions,
    pub(in crate::session) endpoint: Option<Endpoint>,
    /// Set by the handshake, before any caller gets a client.
    pub(in crate::session) runtime: OnceLock<RuntimeInfo>,
    /// Counts requests whose answers no caller awaits; [`Client::stop`] waits for them.
    pub(in crate::session) background: WaitGroup,
    /// The event handlers of all sessions, those that have ended included.
    pub(in crate::session) event_handlers: EventHandlers,
    /// Held by the stop that is under way; then its outcome.
    pub(in crate::session) stopping: Mutex<Option<StopOutcome>>,
    /// The tokio runtime on which the connection runs.
    pub(in crate::session) tokio: Handle,
}

/// The runtime's version and protocol, as it reported them in the handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeInfo {
    /// The runtime's version; `None` if it did not report one, as older runtimes do not.
    pub version: Option<String>,
    /// The version of the protocol that the runtime speaks.
    pub protocol_version: u64,
}

impl Client {
    /// A stream of what happens to the sessions of the runtime from now on, those of other
    /// clients included: created, updated, deleted; see [`LifecycleEvents`].
    pub fn lifecycle_events(&self) -> LifecycleEvents {
        self.core.lifecycle.subscribe()
    }

    /// The state of the connection now.
    pub fn connection_state(&self) -> ConnectionState {
        self.core.state.borrow().clone()
    }

    /// A stream of the connection's states, beginning with the current one.
    ///
    /// A slow reader gets the newest state, not each one in between. The last item is
    /// [`ConnectionState::Closed`].
    pub fn connection_states(&self) -> ConnectionStates {
        ConnectionStates::new(self.core.state.subscribe())
    }

    /// Waits until the connection has ended, and returns why. Returns at once if it has.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn closed(&self) -> CloseReason {
        close_reason(&self.core.peer.closed().await)
    }

    /// The runtime's version and protocol, from the handshake.
    pub fn runtime(&self) -> RuntimeInfo {
        // Set by the handshake, before any caller gets a client.
        self.core.runtime.get().cloned().unwrap_or_default()
    }

    /// The runtime's process; `None` if this client did not start the runtime.
    pub fn process(&self) -> Option<Process> {
        self.core.peer.process().cloned()
    }

    /// The TCP address and token with which other clients can reach the same runtime; `None` if
    /// this client reaches it over its standard streams or the streams given to
    /// [`connect`](Self::connect).
    pub fn endpoint(&self) -> Option<Endpoint> {
        self.core.endpoint.clone()
    }

    /// The number of events that no log took: events of sessions that this client does not have
    /// or whose log is closed, events that name no session, and events that are sent as requests.
    /// Usually 0 or very few.
    pub fn orphan_events(&self) -> u64 {
        self.core.registry.unclaimed()
    }

    /// The number of messages from the runtime that are not as JSON-RPC has them. Handled all the same:
    /// without a version, with a byte order mark, several in one, or an answer whose id is written in another
    /// way. Ignored: answers to calls that there never were. A correct runtime sends none.
    pub fn unusual_messages(&self) -> u64 {
        self.core.registry.unusual()
    }

    /// The number of messages from the runtime that are not UTF-8, not JSON or not JSON-RPC, or too long,
    /// of texts between messages, and of notifications of a session's existence that can't be read. An event
    /// that is too long and names its session is a gap in its log instead.
    ///
    /// The connection continues. If one of them was an event, it is in no log. If one was an answer, its call
    /// fails, or every pending call if it can't be told whose it was. A correct runtime sends none.
    pub fn malformed_messages(&self) -> u64 {
        self.core.registry.unreadable()
    }

    /// The number of notifications for which no handler was there. They are ignored; see
    /// [`ClientOptions::on_notification`].
    pub fn unhandled_notifications(&self) -> u64 {
        self.core.inbox.unhandled_notifications()
    }

    /// The number of notifications that were dropped because their handler was too far behind; see
    /// [`ClientOptions::on_notification`].
    pub fn dropped_notifications(&self) -> u64 {
        self.core.inbox.dropped_notifications()
    }

    /// Calls a method of the runtime by its name and decodes the result.
    ///
    /// `params` is any value that serializes to a JSON object, or to `null` for none. There is
    /// no time limit: wrap the future in a timeout where one is needed. Methods that concern a
    /// session are easier to call with [`Session::call`](crate::Session::call), which adds the
    /// session's id. With the feature `methods`, `client.rpc()` has the methods with types.
    ///
    /// # Errors
    ///
    /// - [`Closed`](crate::ErrorKind::Closed): the connection has ended, or ends before the
    ///   answer.
    /// - [`Rpc`](crate::ErrorKind::Rpc): the runtime answered with an error.
    /// - [`SessionNotFound`](crate::ErrorKind::SessionNotFound): the runtime does not know the
    ///   session that the parameters name.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): `params` can't be serialized.
    /// - [`InvalidResponse`](crate::ErrorKind::InvalidResponse): the answer can't be read, is too long, or
    ///   can't be decoded as `R`.
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
        self.core.call(method, params).await
    }

    /// Like [`call`](Self::call), but returns the result's JSON text as the runtime wrote it.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
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

    /// The output of the future, unless it takes longer than `limit`. Also where no tokio runtime is
    /// current, such as on a thread of the program's own.
    pub(in crate::session) async fn within<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> Option<F::Output> {
        let expired = {
            let _entered = Handle::try_current().is_err().then(|| self.tokio.enter());
            sleep(limit)
        };
        tokio::select! {
            biased;
            output = future => Some(output),
            () = expired => None,
        }
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
