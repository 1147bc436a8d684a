//! Reaching a runtime and greeting it.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::{CallError, Command, Connection, Peer, RpcError};
use crate::session::client::detach::Unawaited;
use crate::session::client::{
    Client, ClientCell, ClientInner, ClientOptions, ConnectionState, Endpoint,
    PROTOCOL_VERSION, RuntimeCommand, RuntimeInfo, Transport,
};
use crate::session::lifecycle;
use crate::session::registry::Registry;
use crate::session::router::Router;

impl Client {
    /// Reaches a runtime, starting it if the options say so, and greets it.
    ///
    /// # Errors
    ///
    /// [`RuntimeNotFound`](ErrorKind::RuntimeNotFound) says where it was looked for and
    /// what to install; [`ConnectFailed`](ErrorKind::ConnectFailed) has the runtime's last
    /// words, if it was started and died;
    /// [`UnsupportedProtocol`](ErrorKind::UnsupportedProtocol) names both versions;
    /// [`Unauthorized`](ErrorKind::Unauthorized) if the token is missing or wrong.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the connection and kills a runtime that it started.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled.
    pub async fn start(options: ClientOptions) -> Result<Self> {
        let limit = options.handshake_timeout;
        let (connection, endpoint) = timeout(limit, open(&options)).await.map_err(|_| {
            Error::new(
                ErrorKind::TimedOut,
                format!("the runtime could not be reached within {limit:?}"),
            )
        })??;
        let token = endpoint.as_ref().and_then(|endpoint| endpoint.token.clone());
        Self::greet(connection, endpoint, token, options).await
    }

    /// Speaks to a runtime over any two streams, and greets it. The options' transport is
    /// not used; their [connection token](ClientOptions::connection_token) is.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), for the greeting.
    pub async fn connect(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        options: ClientOptions,
    ) -> Result<Self> {
        let connection = Connection::from_streams(reader, writer);
        let token = options.connection_token.clone();
        Self::greet(connection, None, token, options).await
    }

    async fn greet(
        connection: Connection,
        endpoint: Option<Endpoint>,
        token: Option<String>,
        options: ClientOptions,
    ) -> Result<Self> {
        // What the connection's tasks log belongs to this span.
        let client = tracing::debug_span!("connection")
            .in_scope(|| Self::spawn(connection, endpoint, options));
        let limit = client.inner.options.handshake_timeout;
        let greeting = handshake(&client.inner, token.as_deref());
        let info = timeout(limit, greeting).await.map_err(|_| {
            Error::new(
                ErrorKind::TimedOut,
                format!("the runtime did not answer the greeting within {limit:?}"),
            )
        })??;
        tracing::debug!(
            version = info.version,
            protocol = info.protocol_version,
            "connected to a runtime"
        );
        // Set once, here.
        let _ = client.inner.runtime.set(info);
        client.inner.state.send_if_modified(|state| {
            let connected = *state == ConnectionState::Connecting;
            if connected {
                *state = ConnectionState::Connected;
            }
            connected
        });
        Ok(client)
    }

    fn spawn(
        connection: Connection,
        endpoint: Option<Endpoint>,
        options: ClientOptions,
    ) -> Self {
        let registry = Arc::<Registry>::default();
        let (lifecycle, lifecycle_source) = lifecycle::channel(options.lifecycle_capacity);
        let state = Arc::new(watch::Sender::new(ConnectionState::Connecting));
        let cell: ClientCell = Arc::new(OnceLock::new());
        let router = Router::new(
            Arc::clone(&registry),
            Arc::clone(&cell),
            lifecycle,
            options.requests.clone(),
            {
                let state = Arc::clone(&state);
                move |reason| {
                    tracing::debug!(%reason, "connection closed");
                    state.send_replace(ConnectionState::Closed(reason.clone()));
                }
            },
        );
        let peer = Peer::spawn(connection, router, options.peer.clone());
        let inner = Arc::new(ClientInner {
            peer,
            registry,
            lifecycle: lifecycle_source,
            state,
            options,
            endpoint,
            runtime: OnceLock::new(),
            unawaited: Unawaited::default(),
        });
        // Set once, here.
        let _ = cell.set(Arc::downgrade(&inner));
        Self { inner }
    }
}

/// A connection, and where others can have one too.
async fn open(options: &ClientOptions) -> Result<(Connection, Option<Endpoint>)> {
    let failed = |what: String| Error::new(ErrorKind::ConnectFailed, what);
    match &options.transport {
        Transport::Stdio(command) => {
            let command = runtime(command, options, &["--stdio".into()], None)?;
            let connection = Connection::spawn_stdio(command).await.map_err(|error| {
                failed("the runtime could not be started".into()).with_source(error)
            })?;
            Ok((connection, None))
        }
        Transport::Tcp { command, port } => {
            let token = options.connection_token.clone();
            let token = token.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
            let port: Vec<_> =
                port.iter().flat_map(|port| ["--port".to_owned(), port.to_string()]).collect();
            let command = runtime(command, options, &port, Some(&token))?;
            let limit = options.handshake_timeout;
            let connection = Connection::spawn_tcp(command, limit).await.map_err(|error| {
                failed("the runtime could not be started to listen".into()).with_source(error)
            })?;
            let endpoint = connection
                .peer_address()
                .map(|address| Endpoint { address: address.to_string(), token: Some(token) });
            Ok((connection, endpoint))
        }
        Transport::External { address } => {
            let connection = Connection::tcp(address.as_str(), options.handshake_timeout).await;
            let connection = connection.map_err(|error| {
                failed(format!(
                    "no runtime could be reached at {address}; is it running there?"
                ))
                .with_source(error)
            })?;
            let token = options.connection_token.clone();
            Ok((connection, Some(Endpoint { address: address.clone(), token })))
        }
        Transport::ParentProcess => {
            let connection = Connection::parent_process().map_err(|error| {
                failed("this program's own standard streams can't be used".into())
                    .with_source(error)
            })?;
            Ok((connection, None))
        }
    }
}

/// The command line of a runtime.
fn runtime(
    command: &RuntimeCommand,
    options: &ClientOptions,
    listen: &[String],
    connection_token: Option<&str>,
) -> Result<Command> {
    let path = crate::rpc::resolve(command.path.as_deref()).map_err(|error| {
        Error::new(ErrorKind::RuntimeNotFound, "no Copilot runtime was found")
            .with_source(error)
    })?;
    let mut launch = Command::new(path)
        .args(&command.args)
        .args(["--headless", "--no-auto-update"])
        .env_remove("NODE_DEBUG");
    // First, so that no variable undoes an option.
    for (name, value) in &command.env {
        launch = match value {
            Some(value) => launch.env(name, value),
            None => launch.env_remove(name),
        };
    }
    if let Some(level) = &command.log_level {
        launch = launch.args(["--log-level", level]);
    }
    launch = launch.args(listen);
    if let Some(token) = &options.github_token {
        launch = launch
            .args(["--auth-token-env", "COPILOT_SDK_AUTH_TOKEN"])
            .env("COPILOT_SDK_AUTH_TOKEN", token);
    }
    if !options.use_logged_in_user.unwrap_or(options.github_token.is_none()) {
        launch = launch.arg("--no-auto-login");
    }
    if let Some(token) = connection_token {
        launch = launch.env("COPILOT_CONNECTION_TOKEN", token);
    }
    if let Some(directory) = &command.base_directory {
        launch = launch.env("COPILOT_HOME", directory);
    }
    if let Some(directory) = &command.working_directory {
        launch = launch.cwd(directory);
    }
    Ok(launch)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connect<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    supported_task_kinds: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<&'a Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Greeting {
    protocol_version: Option<u64>,
    version: Option<String>,
}

async fn handshake(client: &ClientInner, token: Option<&str>) -> Result<RuntimeInfo> {
    // A runtime that has no token refuses one, even `null`.
    let params = Connect {
        token,
        supported_task_kinds: &["agent", "client", "shell"],
        client_info: client.options.client_info.as_ref(),
    };
    let greeting: Greeting = match client.peer.call("connect", &params).await {
        Err(CallError::Remote(error)) if error.code == RpcError::METHOD_NOT_FOUND => {
            client.call("ping", &json!({})).await?
        }
        greeting => greeting.map_err(|error| {
            let error = ClientInner::call_error("connect", error);
            match error.close_reason() {
                Some(reason) => Error::new(
                    ErrorKind::ConnectFailed,
                    format!("the runtime went away instead of greeting back ({reason})"),
                )
                .with_source(error),
                None => error,
            }
        })?,
    };
    match greeting.protocol_version {
        Some(PROTOCOL_VERSION) => {
            Ok(RuntimeInfo { version: greeting.version, protocol_version: PROTOCOL_VERSION })
        }
        theirs => {
            let spoken = theirs.map_or_else(
                || "a version that it does not name".to_owned(),
                |version| format!("version {version}"),
            );
            Err(Error::new(
                ErrorKind::UnsupportedProtocol { ours: PROTOCOL_VERSION, theirs },
                format!(
                    "the runtime{} speaks {spoken} of the protocol, this crate speaks version \
                     {PROTOCOL_VERSION}; install a runtime or a release of this crate that matches",
                    greeting.version.map(|own| format!(" {own}")).unwrap_or_default(),
                ),
            ))
        }
    }
}
