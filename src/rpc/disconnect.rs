//! Why a connection ended.

use std::sync::Arc;
use std::{fmt, io};

use crate::rpc::process::ExitInfo;

/// Why a connection ended; cheap to clone, the same for everyone who asks.
///
/// Match on [`Disconnect::kind`]. The text is for people and may change.
#[derive(Clone, Debug)]
pub struct Disconnect(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: DisconnectKind,
    detail: Option<String>,
}

impl Disconnect {
    /// A reason without further detail.
    pub fn new(kind: DisconnectKind) -> Self {
        Self(Arc::new(Inner { kind, detail: None }))
    }

    /// A reason with a sentence about the particular case.
    pub fn with_detail(kind: DisconnectKind, detail: impl Into<String>) -> Self {
        Self(Arc::new(Inner { kind, detail: Some(detail.into()) }))
    }

    /// What kind of end it was.
    pub fn kind(&self) -> DisconnectKind {
        self.0.kind.clone()
    }

    /// A sentence about the particular case, if there is more to say than the kind does.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

impl fmt::Display for Disconnect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.fmt(formatter)?;
        match &self.0.detail {
            Some(detail) => write!(formatter, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Disconnect {}

impl From<DisconnectKind> for Disconnect {
    fn from(kind: DisconnectKind) -> Self {
        Self::new(kind)
    }
}

/// The kinds of end a connection can come to, by who brought it about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectKind {
    /// The peer ended its stream, perhaps in the middle of a frame (the detail says so).
    Eof,
    /// The transport failed: reading, or writing while there was no process to blame.
    Io(io::ErrorKind),
    /// The peer broke the framing, or sent requests without ever reading the answers.
    Protocol,
    /// The peer is a child process, and it exited.
    ProcessExited(ExitInfo),
    /// Closed from this side, in good order.
    Stopped,
    /// Closed from this side without flushing what was queued.
    ForceStopped,
    /// Every [`Peer`](crate::rpc::Peer) handle was dropped, or the runtime under it was.
    Dropped,
    /// An [`Inbound`](crate::rpc::Inbound) method or an inline callback panicked.
    Panicked,
}

impl fmt::Display for DisconnectKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eof => formatter.write_str("the peer closed the connection"),
            Self::Io(kind) => write!(formatter, "the connection failed ({kind})"),
            Self::Protocol => formatter.write_str("the peer broke the protocol"),
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
        assert_eq!(detailed.clone().kind(), DisconnectKind::Eof);
    }
}
