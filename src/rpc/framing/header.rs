//! The lines before a body: the header block, and text that is none.

use memchr::{memchr, memrchr};

use crate::rpc::framing::FrameLimits;
use crate::rpc::framing::error::FrameError;

/// How far the lines before a body have been read. Places are counted from the end of the last frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Header {
    /// Where the current line starts.
    line: usize,
    /// Up to here no line end was found.
    seen: usize,
    /// Where the header block starts: behind lines that are no part of one.
    block: usize,
    /// The length, if a line named it.
    length: Option<u64>,
}

/// A header block that is complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct Complete {
    /// Where the block starts, behind text that is no header.
    pub(super) start: usize,
    /// Where the body starts.
    pub(super) end: usize,
    pub(super) length: u64,
}

/// What a line is.
enum Line<'a> {
    Length(&'a [u8]),
    /// Another header, which says nothing.
    Other,
    /// The empty line behind the headers.
    Empty,
    /// No header.
    Foreign,
}

/// Longer frames are no frames: nobody waits for the end of them.
const MAX_LENGTH: u64 = 1 << 40;

impl Header {
    /// Whether `left` ends with text that is no header, nor the beginning of one.
    pub(super) fn is_foreign(&self, left: &[u8]) -> bool {
        let line = left.get(self.line..).unwrap_or_default();
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let is_foreign = line.is_empty() || !name.iter().all(|byte| is_part_of_a_name(*byte));
        self.length.is_none() && self.block == self.line && is_foreign
    }

    /// Reads lines of `left` up to the empty one behind a header; `None` when that has not arrived yet.
    ///
    /// Text before the header is passed over line by line, as long as it is not longer than a header may
    /// be: a program that prints a warning to the stream that carries its frames loses none of them.
    pub(super) fn read(
        &mut self,
        left: &[u8],
        limits: &FrameLimits,
    ) -> Result<Option<Complete>, FrameError> {
        loop {
            // `seen` never exceeds the length of `left`: both only grow.
            let unseen = left.get(self.seen..).unwrap_or_default();
            let Some(end) = memchr(b'\n', unseen).map(|offset| self.seen + offset) else {
                if left.len() > limits.max_header {
                    return Err(self.too_long(limits));
                }
                self.seen = left.len();
                return Ok(None);
            };
            if end >= limits.max_header {
                return Err(self.too_long(limits));
            }
            let line = left.get(self.line..end).unwrap_or_default();
            let (line, has_return) = match line.strip_suffix(b"\r") {
                Some(line) => (line, true),
                None => (line, false),
            };
            if self.length.is_none()
                && has_return
                && let Some(at) = glued_length(line)
            {
                // Text without a line end stands before the header.
                self.block = self.line + at;
                self.line = self.block;
                continue;
            }
            match (kind_of(line, has_return), self.length) {
                (Line::Length(_), _) if !has_return => return Err(FrameError::BareLineFeed),
                (Line::Length(value), earlier) => {
                    let value = parse_length(value)?;
                    if earlier.is_some_and(|earlier| earlier != value) {
                        return Err(FrameError::ConflictingLengths);
                    }
                    self.length = Some(value);
                }
                (Line::Other, _) => {}
                (Line::Empty, Some(length)) => {
                    return Ok(Some(Complete { start: self.block, end: end + 1, length }));
                }
                (Line::Empty, None) if self.block < self.line => {
                    return Err(FrameError::MissingLength);
                }
                (Line::Foreign, Some(_)) if has_return => return Err(FrameError::NotAHeader),
                (Line::Foreign, Some(_)) => return Err(FrameError::BareLineFeed),
                (Line::Foreign | Line::Empty, None) => self.block = end + 1,
            }
            self.line = end + 1;
            self.seen = self.line;
        }
    }

    fn too_long(&self, limits: &FrameLimits) -> FrameError {
        if self.block > 0 {
            return FrameError::NotAHeader;
        }
        FrameError::HeaderTooLong { limit: limits.max_header }
    }
}

/// Where a length begins that ends this line, behind something else.
fn glued_length(line: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length";

    let colon = memrchr(b':', line)?;
    let (before, value) = line.split_at_checked(colon)?;
    let name = before.trim_ascii_end();
    let at = name.len().checked_sub(NAME.len()).filter(|at| *at > 0)?;
    let digits = value.strip_prefix(b":")?.trim_ascii();
    // Another header may have a name that ends so.
    let is_length = !name.iter().all(|byte| is_part_of_a_name(*byte))
        && name.get(at..)?.eq_ignore_ascii_case(NAME)
        && !digits.is_empty()
        && digits.iter().all(u8::is_ascii_digit);
    is_length.then_some(at)
}

fn kind_of(line: &[u8], has_return: bool) -> Line<'_> {
    if line.is_empty() {
        return if has_return { Line::Empty } else { Line::Foreign };
    }
    let Some((name, value)) = memchr(b':', line).and_then(|colon| line.split_at_checked(colon))
    else {
        return Line::Foreign;
    };
    let name = name.trim_ascii_end();
    if name.eq_ignore_ascii_case(b"content-length") {
        // `value` starts with the colon.
        return Line::Length(value.strip_prefix(b":").unwrap_or(value).trim_ascii());
    }
    let is_name = !name.is_empty() && name.iter().all(|byte| is_part_of_a_name(*byte));
    if is_name && has_return { Line::Other } else { Line::Foreign }
}

/// A token, as HTTP has it.
fn is_part_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn parse_length(value: &[u8]) -> Result<u64, FrameError> {
    let all_digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match value {
        [b'-', rest @ ..] if all_digits(rest) => Err(FrameError::NegativeLength),
        digits if all_digits(digits) => {
            let length = digits.iter().try_fold(0_u64, |sum, digit| {
                sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
            });
            length.filter(|length| *length <= MAX_LENGTH).ok_or(FrameError::InvalidLength)
        }
        _ => Err(FrameError::InvalidLength),
    }
}
