//! How a client finds and reaches its runtime.

use std::ffi::OsString;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;

use crate::events::{LogBounds, SeenIds};
use crate::rpc::{PeerOptions, RpcError};

use super::{Incoming, RequestHandler};

/// How a client finds and reaches its runtime, and how much it keeps for each session.
///
/// The default starts the runtime that it finds (see [`RuntimeCommand`]) and speaks to it
/// over its standard streams.
#[derive(Clone)]
#[must_use]
pub struct ClientOptions {
    pub(super) transport: Transport,
    pub(super) github_token: Option<String>,
    pub(super) use_logged_in_user: Option<bool>,
    pub(super) client_info: Option<Value>,
    pub(crate) bounds: LogBounds,
    pub(crate) seen_ids: usize,
    pub(super) lifecycle_capacity: usize,
    pub(super) handshake_timeout: Duration,
    pub(super) shutdown_timeout: Duration,
    pub(super) exit_timeout: Duration,
    pub(super) requests: Option<Arc<RequestHandler>>,
    pub(super) peer: PeerOptions,
}

/// How to reach the runtime.
#[derive(Clone)]
#[non_exhaustive]
pub enum Transport {
    /// Start a runtime and speak over its standard input and output. It ends with this
    /// program, however that ends.
    Stdio(RuntimeCommand),
    /// Start a runtime that listens on a TCP port of 127.0.0.1, so that other clients can
    /// reach it too. Protected by a connection token.
    Tcp {
        /// What to start.
        command: RuntimeCommand,
        /// The port; `None` lets the system choose.
        port: Option<u16>,
        /// The token that clients must present; `None` makes one up.
        token: Option<String>,
    },
    /// A runtime that runs already, reached at `host:port`.
    External {
        /// Where it listens. Runtimes listen on IPv4 only: write `127.0.0.1` rather than
        /// `localhost`.
        address: String,
        /// Its connection token. Give one only if the runtime was started with one.
        token: Option<String>,
    },
    /// The process that started this one, over this program's own standard streams: for
    /// extensions. Such a program must never print to its standard output.
    ParentProcess,
}

/// The runtime to start.
///
/// Without a path the first of these is taken: the program that the environment variable
/// `COPILOT_CLI_PATH` names, an npm package (`@github/copilot-sdk-<platform>` or
/// `@github/copilot-<platform>`) in a `node_modules` of the working directory or above,
/// and `copilot` on the `PATH`.
#[derive(Clone, Default)]
#[must_use]
pub struct RuntimeCommand {
    pub(super) path: Option<PathBuf>,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(OsString, Option<OsString>)>,
    pub(super) working_directory: Option<PathBuf>,
    pub(super) base_directory: Option<PathBuf>,
    pub(super) log_level: Option<String>,
}

impl RuntimeCommand {
    /// The runtime that is found.
    pub fn new() -> Self {
        Self::default()
    }

    /// The runtime at this path. One that ends in `.js` is run by `node`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    /// One more argument, before those that this crate adds.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets a variable in the runtime's environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a variable from the runtime's environment.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Where the runtime runs; this program's working directory unless set.
    pub fn working_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.working_directory = Some(directory.into());
        self
    }

    /// Where the runtime keeps its state (`COPILOT_HOME`); `~/.copilot` unless set.
    pub fn base_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.base_directory = Some(directory.into());
        self
    }

    /// How much the runtime logs: `none`, `error`, `warning`, `info`, `debug` or `all`.
    pub fn log_level(mut self, level: impl Into<String>) -> Self {
        self.log_level = Some(level.into());
        self
    }
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            transport: Transport::Stdio(RuntimeCommand::new()),
            github_token: None,
            use_logged_in_user: None,
            client_info: None,
            bounds: LogBounds::default(),
            seen_ids: SeenIds::DEFAULT_CAPACITY,
            lifecycle_capacity: 1024,
            handshake_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(10),
            exit_timeout: Duration::from_secs(10),
            requests: None,
            peer: PeerOptions::default(),
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

    /// A runtime to start that listens on a TCP port that the system chooses.
    pub fn tcp(command: RuntimeCommand) -> Self {
        Self::default().transport(Transport::Tcp { command, port: None, token: None })
    }

    /// A runtime that listens at `address` already.
    pub fn external(address: impl Into<String>, token: Option<String>) -> Self {
        Self::default().transport(Transport::External { address: address.into(), token })
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
    pub fn seen_ids(mut self, capacity: usize) -> Self {
        self.seen_ids = capacity;
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

    /// How long `stop` waits for each answer of the runtime, and then for the process to
    /// exit before it is killed; 10 s each unless set.
    pub fn stop_timeouts(mut self, answer: Duration, exit: Duration) -> Self {
        self.shutdown_timeout = answer;
        self.exit_timeout = exit;
        self
    }

    /// Limits of the JSON-RPC connection.
    pub fn rpc(mut self, options: PeerOptions) -> Self {
        self.peer = options;
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
        F: Fn(Incoming) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, RpcError>> + Send + 'static,
    {
        self.requests = Some(Arc::new(move |request| handler(request).boxed()));
        self
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens stay out.
        match self {
            Self::Stdio(command) => f.debug_tuple("Stdio").field(command).finish(),
            Self::Tcp { command, port, .. } => f
                .debug_struct("Tcp")
                .field("command", command)
                .field("port", port)
                .finish_non_exhaustive(),
            Self::External { address, .. } => {
                f.debug_struct("External").field("address", address).finish_non_exhaustive()
            }
            Self::ParentProcess => f.write_str("ParentProcess"),
        }
    }
}

impl fmt::Debug for RuntimeCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The environment may hold keys.
        f.debug_struct("RuntimeCommand")
            .field("path", &self.path)
            .field("args", &self.args)
            .field("working_directory", &self.working_directory)
            .field("base_directory", &self.base_directory)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens stay out.
        f.debug_struct("ClientOptions")
            .field("transport", &self.transport)
            .field("bounds", &self.bounds)
            .field("seen_ids", &self.seen_ids)
            .finish_non_exhaustive()
    }
}
