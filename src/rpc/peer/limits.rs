//! The limits of a connection: how much may wait, and how long.

use std::time::Duration;

use crate::rpc::framing::FrameLimits;

/// The limits of a connection: how much may wait, and how long.
#[derive(Clone, Debug)]
#[must_use]
pub struct ConnectionLimits {
    pub(super) frames: FrameLimits,
    pub(super) max_queued_frames: usize,
    pub(super) max_queued_bytes: usize,
    pub(super) max_inbound_requests: usize,
    pub(super) flush_timeout: Duration,
    pub(super) exit_grace: Duration,
}

impl ConnectionLimits {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the longest header and body that are accepted from the peer.
    pub fn frames(mut self, limits: FrameLimits) -> Self {
        self.frames = limits;
        self
    }

    /// Sets how many calls and notifications may wait to be written; 1,024 by default, at
    /// least one. Beyond it callers wait.
    pub fn max_queued_frames(mut self, frames: usize) -> Self {
        self.max_queued_frames = frames;
        self
    }

    /// Sets how many bytes of calls and notifications may wait to be written; 64 MiB by
    /// default, 4 GiB at most. Beyond it callers wait. A single frame above the bound is
    /// written when nothing else waits.
    pub fn max_queued_bytes(mut self, bytes: usize) -> Self {
        self.max_queued_bytes = bytes;
        self
    }

    /// Sets how many requests of the peer may be in flight, from arrival until the reply is
    /// written; 1,024 by default, at least one.
    ///
    /// Further requests are refused with
    /// [`RpcError::TOO_MANY_REQUESTS`](crate::rpc::RpcError::TOO_MANY_REQUESTS). When as many
    /// refusals again wait unread, the connection ends with
    /// [`DisconnectKind::Protocol`](crate::rpc::DisconnectKind::Protocol).
    pub fn max_inbound_requests(mut self, requests: usize) -> Self {
        self.max_inbound_requests = requests;
        self
    }

    /// Sets how long queued frames may take to be written once the connection is closing; 1 s
    /// by default. Calls fail and `closed` resolves without waiting for it.
    pub fn flush_timeout(mut self, timeout: Duration) -> Self {
        self.flush_timeout = timeout;
        self
    }

    /// Sets how long to wait, at the end of a stream, for the exit status of the process
    /// behind it, and after a process's exit for the end of its stream; 250 ms by default.
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
            flush_timeout: Duration::from_secs(1),
            exit_grace: Duration::from_millis(250),
        }
    }
}
