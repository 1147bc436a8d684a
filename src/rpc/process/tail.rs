//! The end of a process's stderr, kept in bounded memory.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A buffer that keeps the last 8 KiB of a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct StderrTail(Mutex<Vec<u8>>);

impl StderrTail {
    pub(super) fn push(&self, bytes: &[u8]) {
        let mut kept = self.lock();
        kept.extend_from_slice(last(bytes, MAX_BYTES));
        // Grows to twice the bound before it is cut, so each byte is moved at most once.
        if kept.len() > 2 * MAX_BYTES {
            let excess = kept.len() - MAX_BYTES;
            kept.drain(..excess);
        }
    }

    /// The last 8 KiB and 64 lines at most; invalid UTF-8 is replaced.
    pub(super) fn text(&self) -> Arc<str> {
        let kept = self.lock();
        let mut tail = last(&kept, MAX_BYTES);
        // The cut may be inside a character: skip the rest of it.
        for _ in 0..3 {
            if let [0x80..=0xBF, rest @ ..] = tail {
                tail = rest;
            }
        }
        let text = String::from_utf8_lossy(tail);
        let start = text
            .char_indices()
            .rev()
            // A line end at the very end starts no further line.
            .skip(1)
            .filter(|(_, character)| *character == '\n')
            .nth(MAX_LINES - 1)
            .map_or(0, |(position, _)| position + 1);
        match text {
            Cow::Borrowed(text) => text.get(start..).unwrap_or_default().into(),
            Cow::Owned(text) => text.get(start..).unwrap_or_default().into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        // Any bytes are valid content, so a poisoned lock does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn last(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(count)..).unwrap_or_default()
}

const MAX_BYTES: usize = 8 * 1024;
const MAX_LINES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_returned() {
        let tail = StderrTail::default();
        for line in 0..1000 {
            tail.push(format!("{line}\n").as_bytes());
        }
        let text = tail.text();
        assert_eq!(text.lines().count(), MAX_LINES);
        assert_eq!((text.lines().next(), text.lines().last()), (Some("936"), Some("999")));
    }

    #[test]
    fn only_the_last_bytes_are_returned_and_no_character_is_cut() {
        let tail = StderrTail::default();
        for _ in 0..10 {
            tail.push("\u{1F600}".repeat(MAX_BYTES / 3).as_bytes());
        }
        tail.push(b"x");
        let text = tail.text();
        assert!(text.len() <= MAX_BYTES && text.len() > MAX_BYTES - 8);
        assert!(text.chars().all(|character| "\u{1F600}x".contains(character)));
    }

    #[test]
    fn a_short_text_is_returned_whole_with_invalid_bytes_replaced() {
        let tail = StderrTail::default();
        assert_eq!(&*tail.text(), "");
        tail.push(b"\xFFno line end");
        assert_eq!(&*tail.text(), "\u{FFFD}no line end");
    }
}
