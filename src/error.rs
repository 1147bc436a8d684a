//! What can go wrong, and whose fault it is.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::events::{CloseReason, Lagged};
use crate::rpc::{CallError, Disconnect, DisconnectKind, ExitInfo, LaunchError, RpcError};

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a client or a session.
///
/// Match on [`kind`](Self::kind); the text is for people and may change. It says what
/// happened and what to do next; causes are in the [source](std::error::Error::source)
/// chain, one level each.
pub struct Error(Box<Repr>);

struct Repr {
    kind: ErrorKind,
    message: Cow<'static, str>,
    source: Option<Source>,
}

/// What sort of error it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The session or the client is closed, with this reason. Nothing that was received
    /// is lost: the session's events can still be read.
    Closed(CloseReason),
    /// Caller: the configuration or an argument can't be used.
    InvalidInput,
    /// Caller: a session with this id is live in this client already.
    SessionInUse,
    /// Caller: this program was not started as an extension of a Copilot CLI.
    NotAnExtension,
    /// Environment: no runtime was found.
    RuntimeNotFound,
    /// Environment: the runtime could not be started or reached.
    ConnectFailed,
    /// Environment: the runtime speaks no version of the protocol that this crate speaks.
    UnsupportedProtocol {
        /// The version that this crate speaks.
        ours: u64,
        /// The version that the runtime speaks, if it said one.
        theirs: Option<u64>,
    },
    /// Environment: the runtime wants a token, or another one.
    Unauthorized,
    /// Runtime: it does not know the session.
    SessionNotFound,
    /// Runtime: it answered a start with the id of another session.
    SessionMismatch,
    /// Runtime: it answered with an error of this JSON-RPC code.
    Rpc(i64),
    /// Runtime: its answer does not have the expected shape.
    InvalidResponse,
    /// Session: what was sent ended in an error of this type.
    TurnFailed(String),
    /// Session: what was sent was aborted.
    Aborted,
    /// Nothing happened for longer than the limit that was set.
    TimedOut,
    /// The events that would have decided the outcome had left the log unread.
    Lagged(Lagged),
    /// Stopping met errors; the client is stopped all the same.
    Stop,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Repr { kind, message: message.into(), source: None }))
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn closed(reason: CloseReason) -> Self {
        let message = match &reason {
            CloseReason::ConnectionLost(_) | CloseReason::ProcessExited(_) => {
                "the session is closed; start a new client and resume the session by its id"
            }
            CloseReason::Shutdown => "the session is closed; resume it by its id",
            _ => "the session or its client is closed",
        };
        Self::new(ErrorKind::Closed(reason.clone()), message).with_source(reason)
    }

    /// What sort of error it is.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Why the session or the client is closed, if that is the error.
    pub fn close_reason(&self) -> Option<&CloseReason> {
        match self.kind() {
            ErrorKind::Closed(reason) => Some(reason),
            _ => None,
        }
    }

    /// How the runtime's process ended and the last that it wrote to its standard error: of a
    /// runtime that did not come up, or whose end failed a call under way. Later errors have
    /// the [`close_reason`](Self::close_reason); [`Client::process`](crate::Client::process)
    /// has the exit as long as the client is there.
    pub fn exit_info(&self) -> Option<ExitInfo> {
        let mut cause = self.source();
        while let Some(error) = cause {
            if let Some(LaunchError::Exited(exit)) = error.downcast_ref() {
                return Some(exit.clone());
            }
            if let Some(DisconnectKind::ProcessExited(exit)) =
                error.downcast_ref().map(Disconnect::kind)
            {
                return Some(exit);
            }
            cause = error.source();
        }
        None
    }

    /// The parameters of the call `method` are no JSON object, or no JSON at all.
    pub(crate) fn invalid_params(method: &str) -> Self {
        Self::new(
            ErrorKind::InvalidInput,
            format!("the parameters of `{method}` can't be written as a JSON object"),
        )
    }

    /// The answer to the call `method` could not be read.
    pub(crate) fn unexpected_answer(method: &str) -> Self {
        Self::new(
            ErrorKind::InvalidResponse,
            format!("the runtime's answer to `{method}` does not have the expected shape"),
        )
    }

    /// The error of the call `method`; `reason` tells what the end of its connection means.
    pub(crate) fn from_call(
        method: &str,
        error: CallError,
        reason: impl FnOnce(&Disconnect) -> CloseReason,
    ) -> Self {
        match error {
            CallError::Closed(disconnect) => {
                Self::closed(reason(&disconnect)).with_source(disconnect)
            }
            CallError::Remote(remote) => Self::from_remote(method, remote),
            CallError::Encode { .. } => Self::invalid_params(method).with_source(error),
            CallError::Decode { .. } => Self::unexpected_answer(method).with_source(error),
            other => Self::new(
                ErrorKind::Rpc(RpcError::PARSE_ERROR),
                format!(
                    "no answer to `{method}` can come: the runtime could not read a request"
                ),
            )
            .with_source(other),
        }
    }

    fn from_remote(method: &str, remote: RpcError) -> Self {
        // The runtime puts almost every failure under one code, so the text has to tell.
        let (kind, message) = match remote.code {
            UNAUTHORIZED_FIRST..=UNAUTHORIZED_LAST => {
                (ErrorKind::Unauthorized, "the runtime refused the connection token".into())
            }
            _ if remote.message.contains("Session not found") => (
                ErrorKind::SessionNotFound,
                format!("the runtime does not know the session that `{method}` named").into(),
            ),
            code => (
                ErrorKind::Rpc(code),
                Cow::from(format!("the runtime answered `{method}` with an error")),
            ),
        };
        Self::new(kind, message).with_source(remote)
    }
}

/// The runtime's codes for a missing, an unexpected and a wrong connection token.
const UNAUTHORIZED_FIRST: i64 = -32_003;
const UNAUTHORIZED_LAST: i64 = -32_001;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
