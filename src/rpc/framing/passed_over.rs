//! What is passed over: frames above the limit, and text between frames.

/// The most that is kept of the beginning of a frame.
const MAX_HEAD: usize = 4096;
/// The most that is kept of its end.
const MAX_TAIL: usize = 64;
/// The most that is kept of text between frames.
const MAX_TEXT: usize = 1024;

/// A frame that is too long, of which its beginning and its end are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oversized {
    pub(super) announced: u64,
    /// How many bytes have still to come.
    pub(super) missing: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Oversized {
    pub(super) fn new(announced: u64) -> Self {
        Self { announced, missing: announced, ..Self::default() }
    }

    /// Takes over bytes of the frame; returns how many of these belong to it.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let length = usize::try_from(self.missing).unwrap_or(usize::MAX).min(bytes.len());
        let bytes = bytes.get(..length).unwrap_or_default();
        let room = MAX_HEAD - self.head.len();
        self.head.extend_from_slice(bytes.get(..room.min(length)).unwrap_or_default());
        keep_end(&mut self.tail, bytes, MAX_TAIL);
        self.missing -= length as u64;
        length
    }

    /// How long the frame is.
    pub(crate) fn announced(&self) -> u64 {
        self.announced
    }

    /// The first 4 KiB of the frame.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The last 64 bytes of the frame.
    pub(crate) fn tail(&self) -> &[u8] {
        &self.tail
    }
}

/// Text that stood where a frame was expected.
#[derive(Clone, Debug, Default)]
pub(super) struct Foreign {
    /// The last of it.
    text: Vec<u8>,
    /// How many times there was some.
    pub(super) times: u64,
}

impl Foreign {
    pub(super) fn take(&mut self, text: &[u8]) {
        if !text.is_empty() {
            keep_end(&mut self.text, text, MAX_TEXT);
            self.times += 1;
        }
    }

    /// It, and what stands behind it.
    pub(super) fn with(&self, more: &[u8]) -> Vec<u8> {
        let mut text = self.text.clone();
        keep_end(&mut text, more, MAX_TEXT);
        text
    }
}

/// Appends bytes, of which together the last are kept.
fn keep_end(kept: &mut Vec<u8>, bytes: &[u8], most: usize) {
    let bytes = bytes.get(bytes.len().saturating_sub(most)..).unwrap_or_default();
    let excess = (kept.len() + bytes.len()).saturating_sub(most);
    kept.drain(..excess.min(kept.len()));
    kept.extend_from_slice(bytes);
}
