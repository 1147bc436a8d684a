//! How a client finds and reaches its runtime.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;

use crate::events::{LogBounds, SeenIds};
use crate::rpc::{ConnectionLimits, RpcError};
use crate::session::connection::request::{RequestHandler, RuntimeRequest};
use crate::session::connection::transport::{Endpoint, Transport};
use crate::session::runtime::RuntimeCommand;

/// How a client finds and reaches its runtime, and how much it keeps for each session.
///
/// The default starts the runtime that it finds (see [`RuntimeCommand`]) and speaks to it
/// over its standard streams.
#[derive(Clone)]
#[must_use]
pub struct ClientOptions {
    pub(in crate::session) transport: Transport,
    pub(in crate::session) connection_token: Option<String>,
    pub(in crate::session) github_token: Option<String>,
    pub(in crate::session) use_logged_in_user: Option<bool>,
    pub(in crate::session) client_info: Option<Value>,
    pub(in crate::session) bounds: LogBounds,
    pub(in crate::session) dedup_capacity: usize,
    pub(in crate::session) lifecycle_capacity: usize,
    pub(in crate::session) handshake_timeout: Duration,
    pub(in crate::session) stop_answer_timeout: Duration,
    pub(in crate::session) stop_exit_timeout: Duration,
    pub(in crate::session) requests: Option<Arc<RequestHandler>>,
    pub(in crate::session) connection_limits: ConnectionLimits,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            transport: Transport::Stdio(RuntimeCommand::new()),
            connection_token: None,
            github_token: None,
            use_logged_in_user: None,
            client_info: None,
            bounds: LogBounds::default(),
            dedup_capacity: SeenIds::DEFAULT_CAPACITY,
            lifecycle_capacity: 1024,
            handshake_timeout: Duration::from_secs(30),
            stop_answer_timeout: Duration::from_secs(10),
            stop_exit_timeout: Duration::from_secs(10),
            requests: None,
            connection_limits: ConnectionLimits::default(),
        }
    }
}

impl ClientOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The runtime to start and speak to over its standard streams.
    pub fn stdio(command: RuntimeCommand) -> Self {
        Self::default().transport(Transport::Stdio(command))
    }

    /// A runtime to start that listens on a TCP port that the system chooses;
    /// [`Client::endpoint`](crate::Client::endpoint) tells other clients where.
    pub fn tcp(command: RuntimeCommand) -> Self {
        Self::default().transport(Transport::Tcp { command, port: None })
    }

    /// A runtime that listens at `address` (`host:port`) already.
    pub fn external(address: impl Into<String>) -> Self {
        Self::default().transport(Transport::External { address: address.into() })
    }

    /// The process that started this one.
    pub fn parent_process() -> Self {
        Self::default().transport(Transport::ParentProcess)
    }

    /// How to reach the runtime.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// The token that the runtime asks of whoever connects. Give one only if it does: a
    /// runtime that was started without one refuses it.
    ///
    /// A runtime that this client starts on a port ([`Transport::Tcp`]) is started with it,
    /// and with one that is made up if there is none here. Where streams are all there is to
    /// reach a runtime by ([`Transport::Stdio`] and [`Transport::ParentProcess`]), it is not
    /// used.
    pub fn connection_token(mut self, token: impl Into<String>) -> Self {
        self.connection_token = Some(token.into());
        self
    }

    /// The GitHub token for a runtime that this client starts. It is passed in the
    /// runtime's environment, never as an argument.
    pub fn github_token(mut self, token: impl Into<String>) -> Self {
        self.github_token = Some(token.into());
        self
    }

    /// Whether a runtime that this client starts uses the user who is signed in. Yes
    /// unless set, or unless a token is given.
    pub fn use_logged_in_user(mut self, yes: bool) -> Self {
        self.use_logged_in_user = Some(yes);
        self
    }

    /// The program that uses this client, as the runtime is told.
    pub fn client_info(mut self, name: &str, version: &str) -> Self {
        self.client_info =
            Some(serde_json::json!({ "editorName": name, "editorVersion": version }));
        self
    }

    /// How much history each session keeps in memory.
    pub fn log_bounds(mut self, bounds: LogBounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// How many event ids each session remembers to drop what is delivered again.
    pub fn dedup_capacity(mut self, capacity: usize) -> Self {
        self.dedup_capacity = capacity;
        self
    }

    /// How many lifecycle events a slow reader may be behind; 1,024 unless set.
    pub fn lifecycle_capacity(mut self, capacity: usize) -> Self {
        self.lifecycle_capacity = capacity;
        self
    }

    /// How long the runtime may take to listen and to answer the greeting; 30 s unless
    /// set.
    pub fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake_timeout = limit;
        self
    }

    /// How long [`stop`](crate::Client::stop) waits for each answer of the runtime; 10 s
    /// unless set.
    pub fn stop_answer_timeout(mut self, limit: Duration) -> Self {
        self.stop_answer_timeout = limit;
        self
    }

    /// How long [`stop`](crate::Client::stop) waits for a runtime that this client started to
    /// exit before it kills it; 10 s unless set.
    pub fn stop_exit_timeout(mut self, limit: Duration) -> Self {
        self.stop_exit_timeout = limit;
        self
    }

    /// Limits of the JSON-RPC connection: frames, queues, times.
    pub fn connection_limits(mut self, limits: ConnectionLimits) -> Self {
        self.connection_limits = limits;
        self
    }

    /// Answers the requests that the runtime makes of this client, such as `hooks.invoke`.
    ///
    /// Each request runs in a task of its own, several at once; one that is answered late
    /// holds up nothing else here, though the runtime may wait for it. A handler that
    /// panics answers with an error. Without a handler every request is answered as an
    /// unknown method, at once.
    pub fn on_request<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, RpcError>> + Send + 'static,
    {
        self.requests = Some(Arc::new(move |request| handler(request).boxed()));
        self
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens stay out.
        f.debug_struct("ClientOptions")
            .field("transport", &self.transport)
            .field("bounds", &self.bounds)
            .field("dedup_capacity", &self.dedup_capacity)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// The options of another client of the same runtime; otherwise the defaults.
    pub fn options(&self) -> ClientOptions {
        let options = ClientOptions::external(&self.address);
        match &self.token {
            Some(token) => options.connection_token(token),
            None => options,
        }
    }
}
