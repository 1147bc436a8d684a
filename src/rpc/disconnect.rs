//! The reason why a connection closed.

use std::sync::Arc;
use std::{fmt, io};

use crate::rpc::process::ExitInfo;

/// Why a connection closed. Cheap to clone; every caller gets the same reason.
///
/// Match on [`Disconnect::kind`]. The text is for people and may change.
#[derive(Clone, Debug)]
pub struct Disconnect(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: DisconnectKind,
    detail: Option<String>,
    text: Option<String>,
}

impl Disconnect {
    /// Creates a reason without detail.
    pub fn new(kind: DisconnectKind) -> Self {
        Self(Arc::new(Inner { kind, detail: None, text: None }))
    }

    /// Creates a reason with a sentence about the particular case.
    pub fn with_detail(kind: DisconnectKind, detail: impl Into<String>) -> Self {
        Self(Arc::new(Inner { kind, detail: Some(detail.into()), text: None }))
    }

    /// The same particulars with a better reason.
    pub(super) fn with_kind(self, kind: DisconnectKind) -> Self {
        let Inner { detail, text, .. } = &*self.0;
        Self(Arc::new(Inner { kind, detail: detail.clone(), text: text.clone() }))
    }

    /// With text that the peer wrote where a frame was expected; unchanged if there is none.
    pub(super) fn with_text(self, text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let text = text.trim();
        if text.is_empty() {
            return self;
        }
        let Inner { kind, detail, .. } = &*self.0;
        Self(Arc::new(Inner {
            kind: kind.clone(),
            detail: detail.clone(),
            text: Some(text.to_owned()),
        }))
    }

    /// The end of the text that the peer wrote where a frame was expected, up to 1 KiB; `None` if it wrote
    /// none. It is not escaped.
    pub fn foreign_text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// The kind of the reason.
    pub fn kind(&self) -> &DisconnectKind {
        &self.0.kind
    }

    /// Whether the text that is no protocol looks like JSON, one value in each line.
    pub(crate) fn prints_json_lines(&self) -> bool {
        self.foreign_text().is_some_and(|text| text.starts_with('{'))
    }

    /// A sentence about the particular case; `None` if the kind says everything.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

impl fmt::Display for Disconnect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.fmt(formatter)?;
        if let Some(detail) = &self.0.detail {
            write!(formatter, ": {detail}")?;
        }
        match &self.0.text {
            Some(text) => {
                let lines = if self.prints_json_lines() { "JSON lines" } else { "text" };
                write!(formatter, "; it prints {lines}: \"{}\"", shortened(text))
            }
            None => Ok(()),
        }
    }
}

impl std::error::Error for Disconnect {}

/// The beginning of a text, in one line.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    let shown: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() { format!("{shown}...") } else { shown }
}

impl From<DisconnectKind> for Disconnect {
    fn from(kind: DisconnectKind) -> Self {
        Self::new(kind)
    }
}

/// The kinds of reason for which a connection closes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectKind {
    /// The peer closed its stream. If that was inside a frame, the detail says so.
    Eof,
    /// A read or a write failed, and no exit of the peer's process explains it.
    Io(io::ErrorKind),
    /// The peer violated the framing, or sent too many requests without reading the responses.
    Protocol,
    /// The peer is a child process, and that process exited.
    ProcessExited(ExitInfo),
    /// This side closed the connection; queued frames are flushed.
    Stopped,
    /// This side closed the connection without waiting for queued frames to be written.
    ForceStopped,
    /// Every [`Peer`](crate::rpc::Peer) handle was dropped, or the tokio runtime that ran the
    /// connection was shut down (the detail says so).
    Dropped,
    /// A method of [`Inbound`](crate::rpc::Inbound) or a callback of
    /// [`Peer::call_inline`](crate::rpc::Peer::call_inline) panicked.
    Panicked,
}

impl fmt::Display for DisconnectKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eof => formatter.write_str("the peer closed the connection"),
            Self::Io(_) => formatter.write_str("the connection failed"),
            Self::Protocol => formatter.write_str("the peer violated the protocol"),
            Self::ProcessExited(exit) => write!(formatter, "the peer's process {exit}"),
            Self::Stopped => formatter.write_str("the connection was closed"),
            Self::ForceStopped => formatter.write_str("the connection was closed by force"),
            Self::Dropped => formatter.write_str("the connection was dropped"),
            Self::Panicked => formatter.write_str("a handler of the connection panicked"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_kind_and_the_detail() {
        let plain = Disconnect::new(DisconnectKind::Stopped);
        assert_eq!(plain.to_string(), "the connection was closed");
        let detailed = Disconnect::with_detail(DisconnectKind::Eof, "3 bytes were missing");
        assert_eq!(
            detailed.to_string(),
            "the peer closed the connection: 3 bytes were missing"
        );
        assert_eq!(detailed.clone().kind(), &DisconnectKind::Eof);
    }
}
