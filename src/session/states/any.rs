//! `AnySession`: a session in any state, where the state is known at run time only.

use crate::events::{CloseReason, EventLog, EventStream};
use crate::ids::SessionId;
use crate::session::core::SessionStats;
use crate::session::states::active::Active;
use crate::session::states::closed::Closed;
use crate::session::states::pending::Pending;
use crate::session::states::session::Session;

/// A session in any of its three states, for structs and collections.
///
/// Has the methods that all states have. Match on it, or use [`as_active`](Self::as_active),
/// for the others.
///
/// ```no_run
/// # async fn example(client: copilot_sessions::Client) -> copilot_sessions::Result<()> {
/// use copilot_sessions::{AnySession, SessionConfig};
///
/// let mut sessions: Vec<AnySession> = Vec::new();
/// sessions.push(client.create_session(SessionConfig::new()).into());
/// sessions.push(client.create_session(SessionConfig::new()).await?.into());
/// for session in &sessions {
///     let _events = session.events();
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AnySession {
    /// A session that has not been started.
    Pending(Session<Pending>),
    /// A session that the runtime has started.
    Active(Session<Active>),
    /// A session that this program has disconnected or deleted.
    Closed(Session<Closed>),
}

/// Evaluates an expression for the session, whatever its state.
macro_rules! in_any_state {
    ($self:ident, $session:ident => $value:expr) => {
        match $self {
            AnySession::Pending($session) => $value,
            AnySession::Active($session) => $value,
            AnySession::Closed($session) => $value,
        }
    };
}

impl AnySession {
    /// The session's id; `None` if the runtime will choose it and has not yet.
    pub fn id(&self) -> Option<&SessionId> {
        match self {
            Self::Pending(session) => session.id(),
            Self::Active(session) => Some(session.id()),
            Self::Closed(session) => Some(session.id()),
        }
    }

    /// A stream of all events; see [`Session::events`].
    pub fn events(&self) -> EventStream {
        in_any_state!(self, session => session.events())
    }

    /// The session's event log; see [`Session::log`].
    pub fn log(&self) -> &EventLog {
        in_any_state!(self, session => session.log())
    }

    /// The session's counters; see [`Session::stats`].
    pub fn stats(&self) -> SessionStats {
        in_any_state!(self, session => session.stats())
    }

    /// Why the session ended; `None` while it is open. See [`Session::close_reason`].
    pub fn close_reason(&self) -> Option<CloseReason> {
        in_any_state!(self, session => session.close_reason())
    }

    /// The session, if it is [`AnySession::Active`].
    pub fn as_active(&self) -> Option<&Session<Active>> {
        match self {
            Self::Active(session) => Some(session),
            _ => None,
        }
    }
}

impl From<Session<Pending>> for AnySession {
    fn from(session: Session<Pending>) -> Self {
        Self::Pending(session)
    }
}

impl From<Session<Active>> for AnySession {
    fn from(session: Session<Active>) -> Self {
        Self::Active(session)
    }
}

impl From<Session<Closed>> for AnySession {
    fn from(session: Session<Closed>) -> Self {
        Self::Closed(session)
    }
}
