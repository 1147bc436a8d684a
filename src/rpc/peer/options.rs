//! The bounds and times of a connection.

use std::time::Duration;

use crate::rpc::framing::FrameLimits;

/// The bounds and times of a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PeerOptions {
    /// The longest header and body accepted from the peer.
    pub limits: FrameLimits,
    /// How many calls and notifications may wait to be written; 1,024 by default, at least one.
    /// Beyond it callers wait.
    pub max_queued_frames: usize,
    /// How many bytes of calls and notifications may wait to be written; 64 MiB by default, 4 GiB
    /// at most. Beyond it callers wait; a single frame above the bound goes when it is alone.
    pub max_queued_bytes: usize,
    /// How many requests of the peer may be in flight, from arrival until the reply is written;
    /// 1,024 by default, at least one.
    ///
    /// Beyond it requests are refused with error -32000, and when as many refusals again wait
    /// unread, the connection ends with
    /// [`DisconnectKind::Protocol`](crate::rpc::DisconnectKind::Protocol).
    pub max_inbound_requests: usize,
    /// How long queued frames may take to be written once the connection is closing; 1 s by
    /// default. Calls fail and `closed` resolves without waiting for it.
    pub flush_timeout: Duration,
    /// How long to wait, at the end of a stream, for the exit status of the process behind it, and
    /// after a process's exit for the end of its stream; 250 ms by default.
    pub exit_grace: Duration,
}

impl PeerOptions {
    /// Sets the longest header and body accepted from the peer.
    pub fn with_limits(mut self, limits: FrameLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how many calls and notifications may wait to be written.
    pub fn with_max_queued_frames(mut self, frames: usize) -> Self {
        self.max_queued_frames = frames;
        self
    }

    /// Sets how many bytes of calls and notifications may wait to be written.
    pub fn with_max_queued_bytes(mut self, bytes: usize) -> Self {
        self.max_queued_bytes = bytes;
        self
    }

    /// Sets how many requests of the peer may be in flight.
    pub fn with_max_inbound_requests(mut self, requests: usize) -> Self {
        self.max_inbound_requests = requests;
        self
    }

    /// Sets how long queued frames may take to be written once the connection is closing.
    pub fn with_flush_timeout(mut self, timeout: Duration) -> Self {
        self.flush_timeout = timeout;
        self
    }

    /// Sets how long the exit of the process and the end of its stream may lie apart.
    pub fn with_exit_grace(mut self, grace: Duration) -> Self {
        self.exit_grace = grace;
        self
    }
}

impl Default for PeerOptions {
    fn default() -> Self {
        Self {
            limits: FrameLimits::default(),
            max_queued_frames: 1024,
            max_queued_bytes: 64 * 1024 * 1024,
            max_inbound_requests: 1024,
            flush_timeout: Duration::from_secs(1),
            exit_grace: Duration::from_millis(250),
        }
    }
}
