//! Connecting to a runtime: opening the connection, the handshake, and the router.
//!
//! Uses `ending`, `connection` and the rooms below them. How each transport is opened is
//! `open`; what is exchanged first is `handshake`; where a frame from the runtime finds its
//! session, its handler or its end is `router`, which runs on the connection's reader.

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
use crate::secret::Secret;
use crate::session::connection::{
    Client, ClientCore, ClientOptions, ConnectionState, Endpoint, Registry, WaitGroup,
    lifecycle_channel,
};

impl Client {
    /// Connects to a runtime as the options say: finds and starts one, or connects to one that
    /// is running. Returns after the handshake.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](ErrorKind::InvalidInput): the options contradict each other, such as a
    ///   GitHub token beside a runtime that is running already. Nothing was started or reached; the
    ///   text names both options.
    /// - [`RuntimeNotFound`](ErrorKind::RuntimeNotFound): there is no runtime to start. The
    ///   source lists where it was searched for and says what to install.
    /// - [`ConnectFailed`](ErrorKind::ConnectFailed): the runtime could not be started or
    ///   reached, or closed the connection during the handshake. If it exited,
    ///   [`Error::exit_info`] has its exit status and the end of its standard error.
    /// - [`TimedOut`](ErrorKind::TimedOut): the runtime was not reached, or did not answer the
    ///   handshake, within [`handshake_timeout`](ClientOptions::handshake_timeout).
    /// - [`UnsupportedProtocol`](ErrorKind::UnsupportedProtocol): it speaks another version of
    ///   the protocol.
    /// - [`Unauthorized`](ErrorKind::Unauthorized): the connection token is missing, wrong, or
    ///   not expected.
    /// - Any error of [`call`](Self::call), if the runtime answers the handshake with one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection and kills a runtime that it started.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, or if its I/O or time driver is disabled.
    pub async fn start(options: ClientOptions) -> Result<Self> {
        options.check_start()?;
        let limit = options.handshake_timeout;
        let (connection, endpoint) = timeout(limit, open(&options)).await.map_err(|_| {
            Error::new(
                ErrorKind::TimedOut,
                format!("the runtime could not be reached within {limit:?}"),
            )
        })??;
        let token = endpoint.as_ref().and_then(|endpoint| endpoint.token.clone());
        Self::connect_over(connection, endpoint, token, options).await
    }

    /// Connects to a runtime over any two byte streams, such as a duplex pipe or a TLS stream.
    /// Returns after the handshake.
    ///
    /// The [connection token](ClientOptions::connection_token) is sent. The options must not have a
    /// transport.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput): the options have a transport, or say how a runtime
    /// that is running already signs in. Those of [`start`](Self::start) that concern the handshake.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection and drops the streams.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, or if its time driver is disabled.
    pub async fn connect(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        options: ClientOptions,
    ) -> Result<Self> {
        options.check_connect()?;
        let connection = Connection::from_streams(reader, writer);
        let token = options.connection_token.clone();
        Self::connect_over(connection, None, token, options).await
    }

    async fn connect_over(
        connection: Connection,
        endpoint: Option<Endpoint>,
        token: Option<Secret>,
        options: ClientOptions,
    ) -> Result<Self> {
        // The connection's tasks log within this span.
        let client = tracing::debug_span!("connection")
            .in_scope(|| Self::spawn(connection, endpoint, options));
        let limit = client.core().options.handshake_timeout;
        let handshake = handshake(client.core(), token.as_ref());
        let info = timeout(limit, handshake).await.map_err(|_| {
            Error::new(
                ErrorKind::TimedOut,
                format!("the runtime did not answer the handshake within {limit:?}"),
            )
        })??;
        tracing::debug!(
            version = ?info.version,
            protocol = info.protocol_version,
            "connected to a runtime"
        );
        // Set here and nowhere else.
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
                    tracing::debug!(reason = ?reason.to_string(), "connection closed");
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
        // Set here and nowhere else.
        let _ = cell.set(Arc::downgrade(&core));
        Self::new(core)
    }
}
