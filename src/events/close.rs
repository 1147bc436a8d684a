//! Close reasons: why a session's log was closed.

use std::fmt;
use std::sync::Arc;

/// Why a session's log was closed, and with it every stream over it.
///
/// The first reason counts: a log that a lost connection closed keeps that reason when its
/// session is dropped later. A stream delivers everything that was received before the close,
/// then ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// This program disconnected the session; its history stays resumable.
    Disconnected,
    /// The session was deleted, by this program or by another client of the runtime.
    Deleted,
    /// The runtime unloaded the session (idle limit, shutdown by another client).
    Shutdown,
    /// The connection to the runtime broke; the text says how.
    ConnectionLost(Arc<str>),
    /// The runtime process ended; the text has its exit status and its last line on stderr.
    ProcessExited(Arc<str>),
    /// The client was stopped in order.
    ClientStopped,
    /// The client was stopped by force.
    ForceStopped,
    /// The session, or the last clone of its client, was dropped.
    Dropped,
    /// The session was dropped, or ended in its `AnySession`, before it was ever started.
    NeverStarted,
    /// The log was made as a whole, of a history, of stored events or of a list; nothing follows.
    Complete,
}

impl CloseReason {
    /// Whether this program asked for the end. [`Deleted`](Self::Deleted) counts, whoever deleted
    /// the session, and so does [`Complete`](Self::Complete).
    pub fn is_local(&self) -> bool {
        matches!(
            self,
            Self::Disconnected
                | Self::Deleted
                | Self::ClientStopped
                | Self::ForceStopped
                | Self::Dropped
                | Self::NeverStarted
                | Self::Complete
        )
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected => f.write_str("the session was disconnected"),
            Self::Deleted => f.write_str("the session was deleted"),
            Self::Shutdown => f.write_str("the runtime unloaded the session"),
            Self::ConnectionLost(detail) => write!(f, "the connection was lost: {detail}"),
            Self::ProcessExited(detail) => write!(f, "the runtime process ended: {detail}"),
            Self::ClientStopped => f.write_str("the client was stopped"),
            Self::ForceStopped => f.write_str("the client was stopped by force"),
            Self::Dropped => f.write_str("the session or its client was dropped"),
            Self::Complete => f.write_str("the history ends here"),
            Self::NeverStarted => f.write_str("the session was dropped before it was started"),
        }
    }
}

impl std::error::Error for CloseReason {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_this_program_asked_for_is_local_and_every_reason_has_a_text() {
        let detail = || Arc::from("broken pipe");
        let reasons = [
            (CloseReason::Disconnected, true, "the session was disconnected"),
            (CloseReason::Deleted, true, "the session was deleted"),
            (CloseReason::Shutdown, false, "the runtime unloaded the session"),
            (
                CloseReason::ConnectionLost(detail()),
                false,
                "the connection was lost: broken pipe",
            ),
            (
                CloseReason::ProcessExited(detail()),
                false,
                "the runtime process ended: broken pipe",
            ),
            (CloseReason::ClientStopped, true, "the client was stopped"),
            (CloseReason::ForceStopped, true, "the client was stopped by force"),
            (CloseReason::Dropped, true, "the session or its client was dropped"),
            (CloseReason::NeverStarted, true, "the session was dropped before it was started"),
            (CloseReason::Complete, true, "the history ends here"),
        ];
        for (reason, is_local, text) in reasons {
            assert_eq!(reason.is_local(), is_local, "{reason:?}");
            assert_eq!(reason.to_string(), text);
        }
    }
}
