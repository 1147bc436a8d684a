//! Reaching a runtime: opening the connection, putting the router on it, the handshake.

mod handshake;
mod open;
mod router;

use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use self::handshake::handshake;
use self::open::open;
use self::router::{ClientCell, Router};
use crate::error::{Error, ErrorKind, Result};
use crate::rpc::{Connection, Peer};
use crate::session::connection::{
    Client, ClientCore, ClientOptions, ConnectionState, Endpoint, Registry, WaitGroup,
    lifecycle_channel,
};

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
        let limit = client.core().options.handshake_timeout;
        let greeting = handshake(client.core(), token.as_deref());
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
        let _ = client.core().runtime.set(info);
        client.core().state.send_if_modified(|state| {
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
        let (lifecycle, lifecycle_source) = lifecycle_channel(options.lifecycle_capacity);
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
        let peer = Peer::spawn(connection, router, options.connection_limits.clone());
        let core = Arc::new(ClientCore {
            peer,
            registry,
            lifecycle: lifecycle_source,
            state,
            options,
            endpoint,
            runtime: OnceLock::new(),
            background: WaitGroup::default(),
        });
        // Set once, here.
        let _ = cell.set(Arc::downgrade(&core));
        Self::new(core)
    }
}
