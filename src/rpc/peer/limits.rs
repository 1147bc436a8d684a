//! `ConnectionLimits`: bounds on queues, frames and requests in flight, and timeouts.

use std::time::Duration;

use crate::rpc::framing::FrameLimits;

/// The limits of a connection: bounds on queued frames, on requests in flight and on frame
/// sizes, and the timeouts of closing.
#[derive(Clone, Debug)]
#[must_use]
pub struct ConnectionLimits {
    pub(super) frames: FrameLimits,
    pub(super) max_queued_frames: usize,
    pub(super) max_queued_bytes: usize,
    pub(super) max_inbound_requests: usize,
    pub(super) max_inbound_bytes: usize,
    pub(super) flush_timeout: Duration,
    pub(super) exit_grace: Duration,
}

impl ConnectionLimits {
    /// Creates the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the longest header and the longest body that are accepted from the peer. With a longer
    /// header the connection closes with
    /// [`DisconnectKind::Protocol`](crate::rpc::DisconnectKind::Protocol). A longer body is passed over:
    /// an answer in it fails its call with [`CallError::TooLarge`](crate::rpc::CallError::TooLarge).
    pub fn frames(mut self, limits: FrameLimits) -> Self {
        self.frames = limits;
        self
    }

    /// Sets how many calls and notifications may be queued until they are written; 1,024 by
    /// default, at least one. When the queue is full, callers wait in order.
    pub fn max_queued_frames(mut self, frames: usize) -> Self {
        self.max_queued_frames = frames;
        self
    }

    /// Sets how many bytes of calls and notifications may be queued until they are written;
    /// 64 MiB by default, at most 4 GiB, or 512 MiB on a 32-bit machine. When the queue is full, callers wait in order. A
    /// single frame above the bound is queued when no other call or notification is.
    pub fn max_queued_bytes(mut self, bytes: usize) -> Self {
        self.max_queued_bytes = bytes;
        self
    }

    /// Sets how many requests from the peer may be in flight, from arrival until the reply is
    /// written; 1,024 by default, at least one.
    ///
    /// Further requests are refused with
    /// [`RpcError::TOO_MANY_REQUESTS`](crate::rpc::RpcError::TOO_MANY_REQUESTS). When the same
    /// number of refusals waits to be written and another request arrives, the connection
    /// closes with [`DisconnectKind::Protocol`](crate::rpc::DisconnectKind::Protocol).
    pub fn max_inbound_requests(mut self, requests: usize) -> Self {
        self.max_inbound_requests = requests;
        self
    }

    /// Sets how many bytes the requests from the peer may have that are in flight, and how many
    /// bytes their replies that wait to be written; 64 MiB each by default.
    ///
    /// A request beyond that, or one that arrives while the replies are beyond it, is refused like
    /// [one too many](Self::max_inbound_requests). A reply beyond it is not sent: the peer gets
    /// [`RpcError::TOO_MANY_REQUESTS`](crate::rpc::RpcError::TOO_MANY_REQUESTS) in its place,
    /// though the request has been carried out. A single request or reply above the bound is
    /// accepted when there is no other.
    pub fn max_inbound_bytes(mut self, bytes: usize) -> Self {
        self.max_inbound_bytes = bytes;
        self
    }

    /// Sets how long the writer may take for the queued frames once the connection is closing;
    /// 1 s by default. Pending calls fail and [`Peer::closed`](crate::rpc::Peer::closed)
    /// resolves without waiting for it; [`Peer::flushed`](crate::rpc::Peer::flushed) waits.
    pub fn flush_timeout(mut self, timeout: Duration) -> Self {
        self.flush_timeout = timeout;
        self
    }

    /// How long the writer may take once the connection is closing.
    pub(crate) fn flush_limit(&self) -> Duration {
        self.flush_timeout
    }

    /// Sets how long the end of a stream and the exit of its process may lie apart; 250 ms by
    /// default. After the end of the stream, or a failed read or write, the connection waits
    /// this long for the exit status; after the exit it waits this long for the end of the
    /// stream. Without a process it has no effect.
    pub fn exit_grace(mut self, grace: Duration) -> Self {
        self.exit_grace = grace;
        self
    }
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            frames: FrameLimits::default(),
            max_queued_frames: 1024,
            max_queued_bytes: 64 * 1024 * 1024,
            max_inbound_requests: 1024,
            max_inbound_bytes: 64 * 1024 * 1024,
            flush_timeout: Duration::from_secs(1),
            exit_grace: Duration::from_millis(250),
        }
    }
}
