//! `FrameLimits`: the longest header and the longest body.

/// Limits of a [`FrameDecoder`](super::FrameDecoder): the longest header and the longest body it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct FrameLimits {
    pub(super) max_body: usize,
    pub(super) max_header: usize,
}

impl FrameLimits {
    /// Sets the longest body, in bytes; 512 MiB by default. A longer one is passed over.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the longest header block, in bytes including its line ends; 8 KiB by default. Text between
    /// frames counts towards it.
    pub fn max_header(mut self, bytes: usize) -> Self {
        self.max_header = bytes;
        self
    }
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self { max_body: 512 * 1024 * 1024, max_header: 8 * 1024 }
    }
}
