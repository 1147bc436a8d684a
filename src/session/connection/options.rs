//! `ClientOptions`: how a client reaches its runtime; credentials, limits and timeouts.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::events::{LogBounds, SeenIds};
use crate::rpc::ConnectionLimits;
use crate::secret::Secret;
use crate::session::connection::transport::{Endpoint, Transport};
use crate::session::inbox::Registrations;
use crate::session::runtime::RuntimeCommand;

/// The configuration of a client: transport, credentials, limits and timeouts.
///
/// The default finds a runtime (see [`RuntimeCommand`]), starts it and speaks over its standard
/// streams. `Debug` shows no tokens.
#[derive(Clone)]
#[must_use]
pub struct ClientOptions {
    /// `None` unless it was set: then a runtime is found and started.
    pub(in crate::session) transport: Option<Transport>,
    pub(in crate::session) connection_token: Option<Secret>,
    pub(in crate::session) github_token: Option<Secret>,
    pub(in crate::session) use_logged_in_user: Option<bool>,
    pub(in crate::session) client_info: Option<Value>,
    pub(in crate::session) bounds: LogBounds,
    pub(in crate::session) dedup_capacity: usize,
    pub(in crate::session) lifecycle_capacity: usize,
    pub(in crate::session) handshake_timeout: Duration,
    pub(in crate::session) stop_answer_timeout: Duration,
    pub(in crate::session) stop_exit_timeout: Duration,
    pub(in crate::session) detach_answer_timeout: Duration,
    pub(in crate::session) drain_timeout: Duration,
    pub(in crate::session) handlers: Registrations,
    pub(in crate::session) connection_limits: ConnectionLimits,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            transport: None,
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
            detach_answer_timeout: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(5),
            handlers: Registrations::default(),
            connection_limits: ConnectionLimits::default(),
        }
    }
}

impl ClientOptions {
    /// The default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Default options, with a runtime to start and speak to over its standard streams.
    pub fn stdio(command: RuntimeCommand) -> Self {
        Self::default().transport(Transport::Stdio(command))
    }

    /// Default options, with a runtime to start on a TCP port that the system chooses.
    /// [`Client::endpoint`](crate::Client::endpoint) says where other clients can reach it.
    pub fn tcp(command: RuntimeCommand) -> Self {
        Self::default().transport(Transport::Tcp { command, port: None })
    }

    /// Default options, with a runtime that is running already, at `address` (`host:port`).
    pub fn external(address: impl Into<String>) -> Self {
        Self::default().transport(Transport::External { address: address.into() })
    }

    /// Default options, with the process that started this program as the runtime.
    pub fn parent_process() -> Self {
        Self::default().transport(Transport::ParentProcess)
    }

    /// Sets how to reach the runtime.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets the connection token: the secret that a runtime on a TCP port requires of its
    /// clients. None by default.
    ///
    /// | how the client connects | what the token does |
    /// |---|---|
    /// | [`Transport::Tcp`] | the runtime is started with it; a random one is used if none is set |
    /// | [`Transport::External`], [`Client::connect`](crate::Client::connect) | sent in the handshake. A runtime that was started without a token refuses one |
    /// | [`Transport::Stdio`], [`Transport::ParentProcess`] | there is none: [`start`](crate::Client::start) refuses it |
    pub fn connection_token(mut self, token: impl Into<Secret>) -> Self {
        self.connection_token = Some(token.into());
        self
    }

    /// Sets the GitHub token of a runtime that this client starts. It is passed in the runtime's
    /// environment, not on its command line.
    ///
    /// A runtime that is running already has its own: with one, [`start`](crate::Client::start) and
    /// [`connect`](crate::Client::connect) refuse the token.
    /// [`SessionConfig::github_token`](crate::SessionConfig::github_token) is sent to any runtime.
    pub fn github_token(mut self, token: impl Into<Secret>) -> Self {
        self.github_token = Some(token.into());
        self
    }

    /// Sets whether a runtime that this client starts uses the GitHub user who is signed in. By
    /// default it does, unless a [token](Self::github_token) is set. Refused, as the token is, with
    /// a runtime that is running already.
    pub fn use_logged_in_user(mut self, yes: bool) -> Self {
        self.use_logged_in_user = Some(yes);
        self
    }

    /// Sets the name and version of your program that the runtime gets in the handshake. Not
    /// sent by default.
    pub fn client_info(mut self, name: &str, version: &str) -> Self {
        self.client_info =
            Some(serde_json::json!({ "editorName": name, "editorVersion": version }));
        self
    }

    /// Sets how many events each session's log keeps in memory; see [`LogBounds`] for the
    /// defaults.
    pub fn log_bounds(mut self, bounds: LogBounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Sets how many event ids each session remembers to recognize events that are delivered
    /// again; 131,072 by default. The oldest ids are forgotten first; 0 turns the check off. An id takes
    /// some 30 bytes, and up to 64 more if it is no UUID.
    pub fn dedup_capacity(mut self, capacity: usize) -> Self {
        self.dedup_capacity = capacity;
        self
    }

    /// Sets how many [lifecycle events](crate::Client::lifecycle_events) a reader may be behind
    /// before it misses some; 1,024 by default, 1 to 65,536. The memory for so many is taken at
    /// once.
    pub fn lifecycle_capacity(mut self, capacity: usize) -> Self {
        self.lifecycle_capacity = capacity;
        self
    }

    /// Sets how long connecting may take; 30 s by default. The limit applies twice: to starting
    /// or reaching the runtime, then to its answer in the handshake.
    pub fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake_timeout = limit;
        self
    }

    /// Sets how long [`stop`](crate::Client::stop) waits in each of its steps that need answers
    /// from the runtime; 10 s by default. The end of a single session
    /// ([`disconnect`](crate::Session::disconnect), [`delete`](crate::Session::delete),
    /// [`SessionHandle::close`](crate::SessionHandle::close)) waits no longer for its answer either.
    pub fn stop_answer_timeout(mut self, limit: Duration) -> Self {
        self.stop_answer_timeout = limit;
        self
    }

    /// Sets how long [`stop`](crate::Client::stop) waits for the exit of a runtime that this
    /// client started before it kills the runtime; 10 s by default.
    pub fn stop_exit_timeout(mut self, limit: Duration) -> Self {
        self.stop_exit_timeout = limit;
        self
    }

    /// Sets how long the start of a session waits until the runtime has let go of an earlier session
    /// with the same id, whether that was detached or deleted; 5 s by default. How long an ending waits
    /// for its own answer, [`stop_answer_timeout`](Self::stop_answer_timeout) says.
    ///
    /// A session that is dropped, or whose start is given up, is detached without waiting. The runtime
    /// handles requests at the same time: were a resume sent at once, the detach could unload what the
    /// resume has loaded. So the start (and a [reconfiguration](crate::Session::reconfigure)) is sent
    /// once the runtime has answered. When the time is over, it is sent all the same, and a warning is
    /// logged: the late detach may then end the new session.
    pub fn detach_answer_timeout(mut self, limit: Duration) -> Self {
        self.detach_answer_timeout = limit;
        self
    }

    /// Sets how long an ending ([`disconnect`](crate::Session::disconnect),
    /// [`delete`](crate::Session::delete), [`stop`](crate::Client::stop)) waits, once the log is closed,
    /// until the event handlers have handled what is in it; 5 s by default. What they have not handled
    /// then is counted ([`Session::unhandled`](crate::Session::unhandled),
    /// [`StopReport`](crate::session::StopReport)), and they go on.
    pub fn drain_timeout(mut self, limit: Duration) -> Self {
        self.drain_timeout = limit;
        self
    }

    /// Sets the limits of the JSON-RPC connection: sizes of frames and queues, timeouts.
    pub fn connection_limits(mut self, limits: ConnectionLimits) -> Self {
        self.connection_limits = limits;
        self
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the tokens.
        f.debug_struct("ClientOptions")
            .field("transport", &self.transport)
            .field("bounds", &self.bounds)
            .field("dedup_capacity", &self.dedup_capacity)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Default options for another client of the same runtime.
    pub fn options(&self) -> ClientOptions {
        let options = ClientOptions::external(&self.address);
        match &self.token {
            Some(token) => options.connection_token(token),
            None => options,
        }
    }
}
