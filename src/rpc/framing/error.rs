//! `FrameError`: how a peer violated the framing.

/// How a peer violated the framing. The connection closes with it, unless a variant says otherwise.
///
/// The fault is the peer's, or that of something else that writes to the same stream, such
/// as a program that prints to the stdout that carries its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A header block without `Content-Length`.
    #[error("the peer sent a frame header without a Content-Length")]
    MissingLength,
    /// A `Content-Length` below zero.
    #[error("the peer sent a negative Content-Length")]
    NegativeLength,
    /// A `Content-Length` that is no decimal number, or one above 2⁴⁰.
    #[error("the peer sent a Content-Length that is not the length of a frame")]
    InvalidLength,
    /// Two `Content-Length`s in one header that disagree.
    #[error("the peer sent two different Content-Lengths for one frame")]
    ConflictingLengths,
    /// A frame above [`FrameLimits::max_body`](super::FrameLimits::max_body). It was passed over:
    /// decoding goes on with the next one.
    #[error("the peer sent a frame of {announced} bytes, of which {limit} are the most")]
    Oversize {
        /// The length of the frame.
        announced: u64,
        /// The limit in force.
        limit: usize,
    },
    /// A header block above [`FrameLimits::max_header`](super::FrameLimits::max_header).
    #[error("the peer sent a frame header of more than {limit} bytes")]
    HeaderTooLong {
        /// The limit in force.
        limit: usize,
    },
    /// A header line that ends in `\n` instead of `\r\n`.
    #[error("the peer ended a header line with \\n instead of \\r\\n")]
    BareLineFeed,
    /// Text that is no header: within one, or as much of it as a header may have at most.
    #[error("the peer sent text that is not a frame header")]
    NotAHeader,
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame")]
    Truncated {
        /// How many bytes of the body are missing; `None` when the stream ended in the header.
        missing: Option<u64>,
    },
}

impl FrameError {
    /// Whether decoding goes on behind it.
    pub(super) fn is_passed_over(self) -> bool {
        matches!(self, Self::Oversize { .. })
    }
}
