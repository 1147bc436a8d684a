//! Content-Length framing without I/O: bytes in, frame bodies out.
//!
//! A frame is a header block and a body: `Content-Length: 17\r\n\r\n`, then exactly
//! 17 bytes. [`FrameDecoder`] accepts the header's name in any letter case, further
//! headers (ignored), white space around the value, frames split at any byte, and
//! any number of frames in one read. It does not parse bodies.
//!
//! # What is passed over
//!
//! Text before a header that is none, such as a warning that a program prints, and frames that are too
//! long: their length is known. Both are reported, and decoding goes on.
//!
//! # Errors are final
//!
//! A decoder cannot recover from any other [`FrameError`]: after a wrong header it is unknown
//! where the next frame starts. Every later call returns the same error.
//!
//! # Bounds
//!
//! A header block longer than [`FrameLimits::max_header`] is an error, with the text before it. An announced
//! length allocates nothing: the buffer grows with the bytes that arrive, and its memory is released after a
//! large frame. Of a frame above [`FrameLimits::max_body`], 4 KiB are kept.

mod error;
mod header;
mod limits;
mod passed_over;

use bytes::{Buf, Bytes, BytesMut};

use self::header::Header;
use self::passed_over::Foreign;

pub use self::error::FrameError;
pub use self::limits::FrameLimits;
pub(crate) use self::passed_over::Oversized;

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
    oversized: Option<Box<Oversized>>,
    foreign: Foreign,
}

impl FrameDecoder {
    /// Creates a decoder for the start of a stream.
    pub fn new(limits: FrameLimits) -> Self {
        Self {
            limits,
            buffer: BytesMut::new(),
            done: 0,
            state: State::start(),
            oversized: None,
            foreign: Foreign::default(),
        }
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
    /// [`FrameError::Oversize`] when a frame above the limit has been passed over; the next call goes on
    /// behind it. Any other: the peer violated the framing, and every later call returns the same error.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, FrameError> {
        match self.next_length() {
            Ok(Some(length)) => Ok(self.read_body(length)),
            Ok(None) => Ok(None),
            Err(error) => {
                if !error.is_passed_over() {
                    self.state = State::Failed(error);
                }
                Err(error)
            }
        }
    }

    /// Checks that the stream ended between frames. Call it at the end of the stream, after
    /// [`next_frame`](Self::next_frame) has returned `None`.
    ///
    /// # Errors
    ///
    /// [`FrameError::Truncated`] when the stream ended inside a frame, [`FrameError::NotAHeader`] when it
    /// ended with text that is none, or the error that ended decoding before.
    pub fn finish(&self) -> Result<(), FrameError> {
        match &self.state {
            State::Failed(error) => Err(*error),
            State::Header(_) if self.left().is_empty() => Ok(()),
            State::Header(header) if header.is_foreign(self.left()) => {
                Err(FrameError::NotAHeader)
            }
            State::Header(_) => Err(FrameError::Truncated { missing: None }),
            State::Body(length) => {
                let missing = length.saturating_sub(self.left().len()) as u64;
                Err(FrameError::Truncated { missing: Some(missing) })
            }
            State::Oversize(frame) => {
                Err(FrameError::Truncated { missing: Some(frame.missing) })
            }
        }
    }

    /// What was kept of the frame for which [`next_frame`](Self::next_frame) has just returned
    /// [`FrameError::Oversize`].
    pub(crate) fn take_oversized(&mut self) -> Option<Box<Oversized>> {
        self.oversized.take()
    }

    /// How many times text that is no frame was passed over.
    pub(crate) fn foreign_texts(&self) -> u64 {
        self.foreign.times
    }

    /// The end of the text that stood where a frame was expected; empty if there was none.
    pub(crate) fn foreign_text(&self) -> Vec<u8> {
        let is_header = matches!(self.state, State::Header(_) | State::Failed(_));
        self.foreign.with(if is_header { self.left() } else { b"" })
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
        let needed = expected.max(self.left().len());
        if self.buffer.capacity() > KEEP_BUFFER_BELOW && needed <= KEEP_BUFFER_BELOW {
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

    /// The length of the body that is next; `None` when its header has not arrived yet.
    fn next_length(&mut self) -> Result<Option<usize>, FrameError> {
        loop {
            // `done` never exceeds the length of the buffer.
            let left = self.buffer.get(self.done..).unwrap_or_default();
            match &mut self.state {
                State::Failed(error) => return Err(*error),
                State::Body(length) => return Ok(Some(*length)),
                State::Header(header) => {
                    let Some(complete) = header.read(left, &self.limits)? else {
                        return Ok(None);
                    };
                    self.foreign.take(left.get(..complete.start).unwrap_or_default());
                    self.done += complete.end;
                    self.state = match usize::try_from(complete.length) {
                        Ok(length) if length <= self.limits.max_body => State::Body(length),
                        _ => State::Oversize(Box::new(Oversized::new(complete.length))),
                    };
                }
                State::Oversize(frame) => {
                    self.done += frame.take(left);
                    if frame.missing > 0 {
                        return Ok(None);
                    }
                    let (announced, limit) = (frame.announced, self.limits.max_body);
                    if let State::Oversize(frame) =
                        std::mem::replace(&mut self.state, State::start())
                    {
                        self.oversized = Some(frame);
                    }
                    return Err(FrameError::Oversize { announced, limit });
                }
            }
        }
    }
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

#[derive(Debug)]
enum State {
    /// In the lines before a body.
    Header(Header),
    /// After a header: a body of this many bytes follows.
    Body(usize),
    /// In a body that is too long.
    Oversize(Box<Oversized>),
    Failed(FrameError),
}

impl State {
    fn start() -> Self {
        Self::Header(Header::default())
    }
}

/// How much free capacity a reserve adds, in bytes.
pub(super) const READ_SIZE: usize = 64 * 1024;
/// A buffer that grew beyond this for one frame is released after that frame.
const KEEP_BUFFER_BELOW: usize = 1024 * 1024;

#[cfg(test)]
mod tests;
