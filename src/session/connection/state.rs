//! The state of a connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use pin_project::pin_project;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use crate::events::CloseReason;
use crate::rpc::{Disconnect, DisconnectKind};

/// The state of a client's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionState {
    /// The connection stands; the runtime has not been greeted yet.
    Connecting,
    /// Sessions can be started.
    Connected,
    /// The client is being stopped: sessions are detached, none can be started.
    Stopping,
    /// The connection has ended, for good.
    Closed(CloseReason),
}

/// The stream of [`Client::connection_states`](super::Client::connection_states).
#[pin_project]
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct ConnectionStates {
    #[pin]
    states: WatchStream<ConnectionState>,
    ended: bool,
}

impl ConnectionStates {
    pub(in crate::session) fn new(states: watch::Receiver<ConnectionState>) -> Self {
        Self { states: WatchStream::new(states), ended: false }
    }
}

impl Stream for ConnectionStates {
    type Item = ConnectionState;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if *this.ended {
            return Poll::Ready(None);
        }
        let next = this.states.poll_next(cx);
        *this.ended = matches!(next, Poll::Ready(None | Some(ConnectionState::Closed(_))));
        next
    }
}

/// What the end of a connection means for its sessions.
pub(in crate::session) fn close_reason(disconnect: &Disconnect) -> CloseReason {
    match disconnect.kind() {
        DisconnectKind::Stopped => CloseReason::ClientStopped,
        DisconnectKind::ForceStopped => CloseReason::ForceStopped,
        DisconnectKind::Dropped => CloseReason::Dropped,
        DisconnectKind::ProcessExited(_) => {
            CloseReason::ProcessExited(disconnect.to_string().into())
        }
        _ => CloseReason::ConnectionLost(disconnect.to_string().into()),
    }
}
