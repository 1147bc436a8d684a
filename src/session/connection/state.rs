//! The state of a connection: connected, stopping, closed; and the stream of its changes.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use pin_project::pin_project;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use crate::events::CloseReason;
use crate::rpc::{Disconnect, DisconnectKind};

/// The state of a client's connection, from
/// [`Client::connection_state`](super::Client::connection_state).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionState {
    /// The handshake is under way. Clients exist for callers only after the handshake, so a
    /// caller does not see this state.
    Connecting,
    /// Sessions can be started.
    Connected,
    /// [`Client::stop`](super::Client::stop) is under way: sessions are being detached, and no
    /// session can be started.
    Stopping,
    /// The connection has ended, with this reason. This state is final.
    Closed(CloseReason),
}

/// A stream of connection states, from
/// [`Client::connection_states`](super::Client::connection_states).
///
/// The first item is the current state. A slow reader gets the newest state, not each one in
/// between. The stream ends after [`ConnectionState::Closed`].
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

/// The reason with which the end of a connection closes its sessions.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_connection_has_its_reason() {
        for (kind, reason) in [
            (DisconnectKind::Stopped, CloseReason::ClientStopped),
            (DisconnectKind::ForceStopped, CloseReason::ForceStopped),
            (DisconnectKind::Dropped, CloseReason::Dropped),
            (
                DisconnectKind::Eof,
                CloseReason::ConnectionLost("the peer closed the connection".into()),
            ),
        ] {
            assert_eq!(close_reason(&Disconnect::new(kind)), reason);
        }
    }
}
