//! Content-Length framing without I/O: bytes in, frame bodies out.
//!
//! A frame is a header block and a body: `Content-Length: 17\r\n\r\n`, then exactly
//! 17 bytes. [`FrameDecoder`] accepts the header's name in any letter case, further
//! headers (ignored), white space around the value, frames split at any byte, and
//! any number of frames in one read. It does not parse bodies.
//!
//! # Errors are final
//!
//! A decoder cannot recover from a [`FrameError`]: after a wrong header it is unknown
//! where the next frame starts. Every later call returns the same error.
//!
//! # Bounds
//!
//! A header block longer than [`FrameLimits::max_header`] and a length above
//! [`FrameLimits::max_body`] are errors. An announced length allocates nothing: the
//! buffer grows with the bytes that arrive, and its memory is released after a large
//! frame.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

/// A decoder that splits a stream of bytes into frame bodies.
///
/// ```
/// use copilot_sessions::rpc::{FrameDecoder, FrameLimits};
///
/// let mut decoder = FrameDecoder::new(FrameLimits::default());
/// decoder.extend(b"content-length: 2\r\n\r\n{}Content-Length: 4\r\n\r\nnu");
/// assert_eq!(decoder.next_frame().unwrap().unwrap(), b"{}");
/// assert_eq!(decoder.next_frame(), Ok(None));
/// decoder.extend(b"ll");
/// assert_eq!(decoder.next_frame().unwrap().unwrap(), b"null");
/// assert_eq!(decoder.finish(), Ok(()));
/// ```
#[derive(Debug)]
pub struct FrameDecoder {
    limits: FrameLimits,
    buffer: BytesMut,
    /// How many bytes at the start of the buffer belong to returned frames. They are removed
    /// before more bytes are appended.
    done: usize,
    state: State,
}

impl FrameDecoder {
    /// Creates a decoder for the start of a stream.
    pub fn new(limits: FrameLimits) -> Self {
        Self { limits, buffer: BytesMut::new(), done: 0, state: State::start() }
    }

    /// Appends received bytes.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.make_room();
        self.buffer.extend_from_slice(bytes);
    }

    /// The buffer to read into, with at least 16 KiB of free capacity.
    ///
    /// Only append to it: its content is the beginning of the next frame.
    pub fn buffer_mut(&mut self) -> &mut BytesMut {
        self.make_room();
        if self.buffer.capacity() - self.buffer.len() < READ_SIZE / 4 {
            self.buffer.reserve(READ_SIZE);
        }
        &mut self.buffer
    }

    /// Returns the body of the next complete frame; `None` when more bytes are needed.
    ///
    /// The body is borrowed from the decoder's buffer, without a copy.
    ///
    /// # Errors
    ///
    /// The peer violated the framing. Every later call returns the same error.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let step = match self.state {
            State::Failed(error) => Err(error),
            State::Body(length) => Ok(Some(length)),
            State::Header { .. } => self.read_header(),
        };
        match step {
            Ok(Some(length)) => Ok(self.read_body(length)),
            Ok(None) => Ok(None),
            Err(error) => {
                self.state = State::Failed(error);
                Err(error)
            }
        }
    }

    /// Checks that the stream ended between frames. Call it at the end of the stream, after
    /// [`next_frame`](Self::next_frame) has returned `None`.
    ///
    /// # Errors
    ///
    /// [`FrameError::Truncated`] when the stream ended inside a frame, or the error that
    /// ended decoding before.
    pub fn finish(&self) -> Result<(), FrameError> {
        match self.state {
            State::Failed(error) => Err(error),
            State::Header { start: 0, .. } if self.left().is_empty() => Ok(()),
            State::Header { .. } => Err(FrameError::Truncated { missing: None }),
            State::Body(length) => {
                let missing = length.saturating_sub(self.left().len());
                Err(FrameError::Truncated { missing: Some(missing) })
            }
        }
    }

    /// The received bytes that no returned frame contains.
    fn left(&self) -> &[u8] {
        // `done` never exceeds the length of the buffer.
        self.buffer.get(self.done..).unwrap_or_default()
    }

    /// Removes returned frames from the buffer.
    fn make_room(&mut self) {
        let expected = match self.state {
            State::Body(length) => length,
            _ => 0,
        };
        if self.buffer.capacity() > KEEP_BUFFER_BELOW && expected <= KEEP_BUFFER_BELOW {
            // Releases the memory of a large frame that has been returned.
            self.buffer = BytesMut::from(self.left());
        } else {
            self.buffer.advance(self.done);
        }
        self.done = 0;
    }

    fn read_body(&mut self, length: usize) -> Option<&[u8]> {
        let body = self.done..self.done.saturating_add(length);
        if body.end > self.buffer.len() {
            self.state = State::Body(length);
            return None;
        }
        self.state = State::start();
        self.done = body.end;
        self.buffer.get(body)
    }

    /// Reads header lines up to the empty one and returns the body's length; `None` when the
    /// empty line has not arrived yet.
    fn read_header(&mut self) -> Result<Option<usize>, FrameError> {
        let State::Header { mut start, mut seen, mut length } = self.state else {
            return Ok(None);
        };
        let left = self.left();
        loop {
            // `seen` never exceeds the length of `left`: both only grow in this state.
            let unseen = left.get(seen..).unwrap_or_default();
            let Some(end) = memchr(b'\n', unseen).map(|offset| seen + offset) else {
                if left.len() > self.limits.max_header {
                    return Err(self.header_too_long());
                }
                self.state = State::Header { start, seen: left.len(), length };
                return Ok(None);
            };
            if end >= self.limits.max_header {
                return Err(self.header_too_long());
            }
            let line = left.get(start..end).unwrap_or_default();
            let Some(line) = line.strip_suffix(b"\r") else {
                return Err(FrameError::BareLineFeed);
            };
            if line.is_empty() {
                let length = length.ok_or(FrameError::MissingLength)?;
                self.done += end + 1;
                return Ok(Some(length));
            }
            if let Some(value) = content_length(line)? {
                let value = self.parse_length(value)?;
                if length.is_some_and(|earlier| earlier != value) {
                    return Err(FrameError::ConflictingLengths);
                }
                length = Some(value);
            }
            start = end + 1;
            seen = start;
        }
    }

    fn parse_length(&self, value: &[u8]) -> Result<usize, FrameError> {
        let all_digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        match value {
            [b'-', rest @ ..] if all_digits(rest) => Err(FrameError::NegativeLength),
            digits if all_digits(digits) => {
                let length = digits.iter().try_fold(0_usize, |sum, digit| {
                    sum.checked_mul(10)?.checked_add(usize::from(digit - b'0'))
                });
                length
                    .filter(|length| *length <= self.limits.max_body)
                    .ok_or(FrameError::OversizeLength { limit: self.limits.max_body })
            }
            _ => Err(FrameError::InvalidLength),
        }
    }

    fn header_too_long(&self) -> FrameError {
        FrameError::HeaderTooLong { limit: self.limits.max_header }
    }
}

/// Limits of a [`FrameDecoder`]: the longest header and the longest body it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct FrameLimits {
    max_body: usize,
    max_header: usize,
}

impl FrameLimits {
    /// Sets the longest body, in bytes; 512 MiB by default.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the longest header block, in bytes including its line ends; 8 KiB by default.
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

/// How a peer violated the framing. The connection closes with it.
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
    /// A `Content-Length` that is not a number.
    #[error("the peer sent a Content-Length that is not a decimal number")]
    InvalidLength,
    /// Two `Content-Length`s in one header that disagree.
    #[error("the peer sent two different Content-Lengths for one frame")]
    ConflictingLengths,
    /// A `Content-Length` above [`FrameLimits::max_body`].
    #[error("the peer announced a frame of more than {limit} bytes")]
    OversizeLength {
        /// The limit in force.
        limit: usize,
    },
    /// A header block above [`FrameLimits::max_header`].
    #[error("the peer sent a frame header of more than {limit} bytes")]
    HeaderTooLong {
        /// The limit in force.
        limit: usize,
    },
    /// A header line that ends in `\n` instead of `\r\n`.
    #[error("the peer ended a header line with \\n instead of \\r\\n")]
    BareLineFeed,
    /// A header line without a colon, such as a line of log output.
    #[error("the peer sent a line that is not a frame header")]
    NotAHeader,
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame")]
    Truncated {
        /// How many bytes of the body are missing; `None` when the stream ended in the header.
        missing: Option<usize>,
    },
}

/// Encodes a frame: header and body in one buffer, so that one write sends both.
///
/// ```
/// assert_eq!(copilot_sessions::rpc::encode_frame(b"{}"), "Content-Length: 2\r\n\r\n{}");
/// ```
pub fn encode_frame(body: &[u8]) -> Bytes {
    let header = format!("Content-Length: {}\r\n\r\n", body.len());
    let mut frame = Vec::with_capacity(header.len() + body.len());
    frame.extend_from_slice(header.as_bytes());
    frame.extend_from_slice(body);
    frame.into()
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In a header block.
    Header {
        /// Where the current line starts, counted from the start of the block.
        start: usize,
        /// Up to here no line end was found.
        seen: usize,
        /// The length, if an earlier line named it.
        length: Option<usize>,
    },
    /// After a header: a body of this many bytes follows.
    Body(usize),
    Failed(FrameError),
}

impl State {
    const fn start() -> Self {
        Self::Header { start: 0, seen: 0, length: None }
    }
}

/// The value of a `Content-Length` line; `None` for any other header.
fn content_length(line: &[u8]) -> Result<Option<&[u8]>, FrameError> {
    let colon = memchr(b':', line).ok_or(FrameError::NotAHeader)?;
    let (name, value) = line.split_at(colon);
    let is_length = name.trim_ascii().eq_ignore_ascii_case(b"content-length");
    // `value` starts with the colon.
    Ok(is_length.then(|| value.strip_prefix(b":").unwrap_or(value).trim_ascii()))
}

/// How much free capacity a reserve adds, in bytes.
pub(super) const READ_SIZE: usize = 64 * 1024;
/// A buffer that grew beyond this for one frame is released after that frame.
const KEEP_BUFFER_BELOW: usize = 1024 * 1024;

#[cfg(test)]
mod tests;
