//! The error type of clients and sessions, and the kinds of error by whose fault they are.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::events::{
    CloseReason, DecodeError, Event, EventStream, Gap, ParseCursorError, TurnFailure,
    TypedError,
};
use crate::ids::SessionId;
use crate::rpc::{CallError, Disconnect, DisconnectKind, ExitInfo, LaunchError, RpcError};

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// A result whose error is this crate's [`Error`], unless given.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a client or a session.
///
/// Match on [`kind`](Self::kind). The text is for people and may change: it says what happened
/// and what to do next. `Display` prints one level; causes are in the
/// [source](std::error::Error::source) chain. Cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Repr>);

#[derive(Clone)]
struct Repr {
    kind: ErrorKind,
    message: Cow<'static, str>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The kind of an [`Error`]: whose fault it is, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The session or the client is closed; the reason says by whom.
    ///
    /// Nothing that was received is lost: the session's events can still be read. After
    /// [`ConnectionLost`](CloseReason::ConnectionLost) and
    /// [`ProcessExited`](CloseReason::ProcessExited), start a new client and resume the session
    /// by its id; after [`Shutdown`](CloseReason::Shutdown), resume it in the same client.
    Closed(CloseReason),
    /// Caller: the session has not been started.
    ///
    /// Await its start, then call again.
    NotStarted,
    /// Caller: the configuration of a session, or the parameters of a call, cannot be encoded;
    /// options of a client contradict each other; a handler was refused; or a text is no cursor.
    ///
    /// Nothing was sent. Fix the argument that the message names.
    InvalidInput,
    /// Caller: this client already has a live session with this id.
    ///
    /// Use that session, or disconnect it first.
    SessionInUse,
    /// Caller: a Copilot CLI did not start this program as an extension.
    ///
    /// Install the program as an extension of the CLI, or use
    /// [`Client::start`](crate::Client::start) instead of joining a session.
    NotAnExtension,
    /// Environment: no runtime was found.
    ///
    /// Install one, or name its path with [`RuntimeCommand::at`](crate::RuntimeCommand::at).
    /// The source lists the places that were searched.
    RuntimeNotFound,
    /// Environment: the runtime could not be started or reached, or it closed the connection
    /// during the handshake.
    ///
    /// Look at [`exit_info`](Error::exit_info) for the runtime's stderr, and at the source.
    ConnectFailed,
    /// Environment: this crate and the runtime speak different versions of the protocol.
    ///
    /// Install a runtime, or a release of this crate, that matches.
    UnsupportedProtocol {
        /// The version that this crate speaks.
        ours: u64,
        /// The version that the runtime speaks; `None` if it did not name one.
        theirs: Option<u64>,
    },
    /// Environment: the connection token is missing, wrong, or not expected by the runtime.
    ///
    /// Set [`ClientOptions::connection_token`](crate::ClientOptions::connection_token) to the
    /// token that the runtime was started with, or leave it unset if there was none.
    Unauthorized,
    /// Runtime: it has no session with this id.
    ///
    /// [`Client::list_sessions`](crate::Client::list_sessions) returns the sessions that it
    /// has. Sessions are stored in the runtime's base directory, so a runtime with another
    /// directory does not find them.
    SessionNotFound,
    /// Runtime: it can't read the file in which it stored the session.
    ///
    /// The [`RpcError`] in the source chain says which line, and may contain its text. The file is
    /// `session-state/ID/events.jsonl` in the runtime's base directory; a copy of it without that line may
    /// be readable. Runtimes differ in what they skip.
    SessionDamaged,
    /// Runtime: it answered a start with the id of another session.
    ///
    /// A start was undone, and a session that a reconfiguration started was detached. This is a defect
    /// of the runtime.
    SessionMismatch,
    /// Runtime: it answered with a JSON-RPC error of this code.
    ///
    /// The [`RpcError`] in the source chain has the runtime's message and data. Runtimes use
    /// one code for almost every failure, so read the message. If the source is
    /// [`CallError::Unattributed`], the runtime may have rejected another call of this client, and executed
    /// this one.
    Rpc(i64),
    /// Runtime: its answer can't be read or is too long, does not have the expected type, or reports a
    /// failure without an error object (`"success": false`).
    ///
    /// `call_raw` of the client or the session returns an answer as it was sent, if it is JSON. Check that
    /// the runtime's version is one that this crate supports.
    InvalidResponse,
    /// Session: the work on the message failed with an error of this type; empty if the runtime
    /// named none that can be read.
    ///
    /// [`turn_failure`](Error::turn_failure) has the event, the status and the runtime's text, which is in
    /// the message too. The session is still usable: remove the cause and send again.
    TurnFailed(String),
    /// Runtime: it does not say which message its events are about, and they can't be told apart.
    ///
    /// Only of runtimes before 1.0.83. The message may have been answered: read the session's events.
    Ambiguous,
    /// Session: the message was aborted before it was answered.
    ///
    /// The session is still usable: send again.
    Aborted,
    /// Runtime: it took longer than a limit that this program has set or left at its default.
    ///
    /// The message names what took too long, and the limit. If it was the inactivity limit of a
    /// message, the turn may still continue: read the session's events, or abort it.
    TimedOut,
    /// Caller or runtime: events that decide the outcome are missing.
    ///
    /// The outcome is unknown. Of a [`Gap::Lagged`], keep more events with
    /// [`ClientOptions::log_bounds`](crate::ClientOptions::log_bounds); of others, the source says what
    /// happened.
    Gap(Gap),
    /// Runtime: the payload of an event does not have the type of its kind.
    ///
    /// The source chain has a [`DecodeError`] that names the field. The event keeps its bytes; if it is
    /// known, [`event`](Error::event) returns it.
    InvalidEvent,
    /// Runtime: stopping the client met errors. The client is stopped all the same.
    ///
    /// The source, a [`StopError`](crate::session::StopError), has each of them.
    Stop,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Repr { kind, message: message.into(), source: None }))
    }

    pub(crate) fn with_source(self, source: impl Into<Source>) -> Self {
        let source = Some(Arc::from(source.into()));
        Self(Arc::new(Repr { source, ..(*self.0).clone() }))
    }

    /// Names the session that the error is about.
    pub(crate) fn of_session(self, id: &SessionId) -> Self {
        let message = format!("session {id}: {}", self.0.message).into();
        Self(Arc::new(Repr { message, ..(*self.0).clone() }))
    }

    pub(crate) fn closed(reason: CloseReason) -> Self {
        let message = match &reason {
            CloseReason::ConnectionLost(_) | CloseReason::ProcessExited(_) => {
                "the connection to the runtime has ended; start a new client and resume the session"
            }
            CloseReason::Shutdown => "the session is closed; resume it by its id",
            _ => "the session or its client is closed; its events can still be read",
        };
        Self::new(ErrorKind::Closed(reason.clone()), message).with_source(reason)
    }

    /// The kind of the error; match on it.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Why the session or the client is closed; `None` for errors of any other kind.
    pub fn close_reason(&self) -> Option<&CloseReason> {
        match self.kind() {
            ErrorKind::Closed(reason) => Some(reason),
            _ => None,
        }
    }

    /// How the runtime process exited, with the end of its stderr.
    ///
    /// `Some` if the runtime exited before it was ready, or while the failed call was pending.
    /// Errors of later calls have the [`close_reason`](Self::close_reason);
    /// [`Client::process`](crate::Client::process) has the exit while the client exists.
    pub fn exit_info(&self) -> Option<ExitInfo> {
        self.causes().find_map(|error| {
            if let Some(LaunchError::Exited(exit)) = error.downcast_ref() {
                return Some(exit.clone());
            }
            match error.downcast_ref().map(Disconnect::kind) {
                Some(DisconnectKind::ProcessExited(exit)) => Some(exit.clone()),
                _ => None,
            }
        })
    }

    /// Why the work on a message failed, with the model provider's status and how long to wait before the
    /// next try; `None` for errors of another kind than [`TurnFailed`](ErrorKind::TurnFailed).
    pub fn turn_failure(&self) -> Option<&TurnFailure> {
        self.causes().find_map(|error| error.downcast_ref())
    }

    /// The event that the error is about: the `session.error` of a
    /// [`TurnFailed`](ErrorKind::TurnFailed), or an event that can't be read.
    pub fn event(&self) -> Option<&Event> {
        self.turn_failure().map(TurnFailure::event).or_else(|| {
            self.causes().find_map(|error| match error.downcast_ref() {
                Some(TypedError::<Gap>::Decode { event, .. }) => Some(event),
                _ => None,
            })
        })
    }

    /// The chain of sources.
    fn causes(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        std::iter::successors(self.source(), |&error| error.source())
    }

    /// The parameters of a call of `method` do not serialize to a JSON object.
    pub(crate) fn invalid_params(method: &str) -> Self {
        Self::new(
            ErrorKind::InvalidInput,
            format!("the parameters of `{method}` cannot be encoded as a JSON object"),
        )
    }

    /// The answer to a call of `method` does not deserialize.
    pub(crate) fn unexpected_answer(method: &str) -> Self {
        Self::new(
            ErrorKind::InvalidResponse,
            format!(
                "the runtime's answer to `{method}` does not have the expected type; its \
                 version may not match this crate"
            ),
        )
    }

    /// The error of a call that may have missed what it waits for.
    pub(crate) fn gap(gap: Gap, message: &'static str) -> Self {
        Self::new(ErrorKind::Gap(gap), message).with_source(gap)
    }

    /// The error of a call that read `events` to their end.
    pub(crate) fn ended(events: &EventStream) -> Self {
        // These streams read to the end of their log, so it is closed.
        Self::closed(events.close_reason().unwrap_or(CloseReason::Dropped))
    }

    /// The error of a call of `method`. `reason` converts the end of the connection.
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
            CallError::Unreadable(_) => Self::new(
                ErrorKind::InvalidResponse,
                format!(
                    "the runtime's answer to `{method}` can't be read, or another that may have been \
                     it; check its effect before you call it again"
                ),
            )
            .with_source(error),
            CallError::TooLarge { .. } => Self::new(
                ErrorKind::InvalidResponse,
                format!(
                    "the runtime's answer to `{method}`, or another that may have been it, is too \
                     long; raise `FrameLimits::max_body` by `ClientOptions::connection_limits`"
                ),
            )
            .with_source(error),
            CallError::Unattributed(remote) => Self::new(
                ErrorKind::Rpc(remote.code),
                format!(
                    "the runtime could not read a message and did not say which, so `{method}` \
                     may never be answered; check its effect before you call it again"
                ),
            )
            .with_source(CallError::Unattributed(remote)),
        }
    }

    fn from_remote(method: &str, remote: RpcError) -> Self {
        // Runtimes use one code for almost every failure, so the text must distinguish them.
        let (kind, message) = match remote.code {
            UNAUTHORIZED_FIRST..=UNAUTHORIZED_LAST => (
                ErrorKind::Unauthorized,
                "the runtime did not accept the connection token; use the token that it was \
                 started with, or none if it has none"
                    .into(),
            ),
            _ if remote.message.contains("Session not found") => (
                ErrorKind::SessionNotFound,
                format!(
                    "the runtime has no session with the id in `{method}`; list its sessions, \
                     or check its base directory"
                )
                .into(),
            ),
            _ if SESSION_DAMAGED.iter().any(|text| remote.message.contains(text)) => (
                ErrorKind::SessionDamaged,
                "the runtime can't read the file in which it stored the session; its error says which \
                 line"
                    .into(),
            ),
            code => (
                ErrorKind::Rpc(code),
                Cow::from(format!("the runtime answered `{method}` with an error")),
            ),
        };
        Self::new(kind, message).with_source(remote)
    }
}

/// The runtime's error codes for a missing, an unexpected and a wrong connection token.
const UNAUTHORIZED_FIRST: i64 = -32_003;
const UNAUTHORIZED_LAST: i64 = -32_001;

/// What runtimes say of a session's file that they can't read.
const SESSION_DAMAGED: [&str; 2] = ["Session file is corrupted", "Failed to read JSONL from"];

impl From<Gap> for Error {
    fn from(gap: Gap) -> Self {
        Self::gap(gap, "events are missing")
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        let message = format!("a `{}` event can't be read", error.event_kind());
        Self::new(ErrorKind::InvalidEvent, message).with_source(error)
    }
}

impl<E: Into<Self>> From<TypedError<E>> for Error {
    fn from(error: TypedError<E>) -> Self {
        match error {
            TypedError::Gap(error) => error.into(),
            TypedError::Decode { event, error } => {
                let message = format!("a `{}` event can't be read", error.event_kind());
                Self::new(ErrorKind::InvalidEvent, message)
                    .with_source(TypedError::<Gap>::Decode { event, error })
            }
        }
    }
}

impl From<ParseCursorError> for Error {
    fn from(error: ParseCursorError) -> Self {
        Self::new(ErrorKind::InvalidInput, "the text is no cursor").with_source(error)
    }
}

impl From<CloseReason> for Error {
    fn from(reason: CloseReason) -> Self {
        Self::closed(reason)
    }
}

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
