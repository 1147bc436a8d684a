//! Connecting to a runtime: opening the connection, the handshake, and the router.
//!
//! Uses `ending`, `connection`, `inbox` and the rooms below them. How each transport is opened is
//! `open`; what is exchanged first is `handshake`, and why it may have failed `cause`; where a frame from the runtime finds its
//! session, its handler or its end is `router`, which runs on the connection's reader.

mod cause;
mod handshake;
mod open;
mod router;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use self::cause::likely_cause;
use self::handshake::handshake;
use self::open::open;
use self::router::{ClientCell, Router};
use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::rpc::{Connection, DisconnectKind, Peer};
use crate::secret::Secret;
use crate::session::connection::{
    Client, ClientCore, ClientOptions, ConnectionState, Endpoint, Registry, WaitGroup,
    lifecycle_channel,
};
use crate::session::core::EventHandlers;
use crate::session::inbox::Inbox;

impl Client {
    /// Connects to a runtime as the options say: finds and starts one, or connects to one that
    /// is running. Returns after the handshake.
    ///
    /// Starting or reaching the runtime takes at most
    /// [`handshake_timeout`](ClientOptions::handshake_timeout), and its answer as long again. The search
    /// for its program comes before and has no limit: it blocks on the file system.
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
    /// - [`InvalidInput`](ErrorKind::InvalidInput): the options have two handlers for one method, which
    ///   the text names, or one that would never be called. Nothing was started.
    /// - [`TimedOut`](ErrorKind::TimedOut): the runtime was not started or reached, or did not answer the
    ///   handshake, within [`handshake_timeout`](ClientOptions::handshake_timeout). It is this kind
    ///   at whatever step the limit is reached, and `ConnectFailed` only for what failed before.
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
    pub async fn start(mut options: ClientOptions) -> Result<Self> {
        options.check_start()?;
        let inbox = inbox(&mut options)?;
        let (connection, endpoint) = open(&options).await?;
        let token = endpoint.as_ref().and_then(|endpoint| endpoint.token.clone());
        Self::connect_over(connection, endpoint, token, inbox, options).await
    }

    /// Connects to a runtime over any two byte streams, such as a duplex pipe or a TLS stream.
    /// Returns after the handshake, which takes at most
    /// [`handshake_timeout`](ClientOptions::handshake_timeout).
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
        mut options: ClientOptions,
    ) -> Result<Self> {
        options.check_connect()?;
        let inbox = inbox(&mut options)?;
        let connection = Connection::from_streams(reader, writer);
        let token = options.connection_token.clone();
        Self::connect_over(connection, None, token, inbox, options).await
    }

    async fn connect_over(
        connection: Connection,
        endpoint: Option<Endpoint>,
        token: Option<Secret>,
        inbox: Inbox,
        options: ClientOptions,
    ) -> Result<Self> {
        // The connection's tasks log within this span.
        let client = tracing::debug_span!("connection")
            .in_scope(|| Self::spawn(connection, endpoint, inbox, options));
        let limit = client.core().options.handshake_timeout;
        let handshake = handshake(client.core(), token.as_ref());
        let info = match timeout(limit, handshake).await {
            Ok(info) => info?,
            Err(_) => return Err(too_late(client.core(), limit).await),
        };
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
        inbox: Inbox,
        options: ClientOptions,
    ) -> Self {
        let inbox = Arc::new(inbox);
        let registry = Arc::<Registry>::default();
        let (lifecycle, lifecycle_source) = lifecycle_channel(options.lifecycle_capacity);
        let state = Arc::new(watch::Sender::new(ConnectionState::Connecting));
        let cell: ClientCell = Arc::new(OnceLock::new());
        let router = Router::new(
            Arc::clone(&registry),
            Arc::clone(&cell),
            lifecycle,
            Arc::clone(&inbox),
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
            inbox,
            lifecycle: lifecycle_source,
            state,
            options,
            endpoint,
            runtime: OnceLock::new(),
            background: WaitGroup::default(),
            event_handlers: EventHandlers::default(),
            stopping: Mutex::default(),
            tokio: Handle::current(),
        });
        // Set here and nowhere else.
        let _ = cell.set(Arc::downgrade(&core));
        Self::new(core)
    }
}

/// The error of a handshake that was not answered in time, with what was printed in place of an answer.
async fn too_late(client: &ClientCore, limit: Duration) -> Error {
    client.peer.close(DisconnectKind::ForceStopped);
    let disconnect = client.peer.closed().await;
    let cause = likely_cause(&disconnect);
    let what = format!("the runtime did not answer the handshake within {limit:?}{cause}");
    let error = Error::new(ErrorKind::TimedOut, what);
    match disconnect.foreign_text() {
        Some(_) => error.with_source(disconnect),
        None => error,
    }
}

/// Puts the handlers of the options in place. The options keep none, so that they go with the
/// connection.
fn inbox(options: &mut ClientOptions) -> Result<Inbox> {
    let configured = std::mem::take(&mut options.handlers);
    // No handler is refused here because of an end.
    Inbox::new(configured).map_err(|refused| refused.into_error(|| CloseReason::NeverStarted))
}
