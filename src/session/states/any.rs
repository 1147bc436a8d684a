//! A session whose state is known at run time only.

use crate::events::{CloseReason, EventLog, EventStream};
use crate::ids::SessionId;
use crate::session::core::SessionStats;
use crate::session::states::active::Active;
use crate::session::states::closed::Closed;
use crate::session::states::pending::Pending;
use crate::session::states::session::Session;

/// A session in whatever state it is, for structs and collections that hold sessions.
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
    /// Not started.
    Pending(Session<Pending>),
    /// Started.
    Active(Session<Active>),
    /// Ended by this program.
    Closed(Session<Closed>),
}

macro_rules! whatever {
    ($self:ident, $session:ident => $value:expr) => {
        match $self {
            AnySession::Pending($session) => $value,
            AnySession::Active($session) => $value,
            AnySession::Closed($session) => $value,
        }
    };
}

impl AnySession {
    /// The session's id; `None` where the runtime is still to choose it.
    pub fn id(&self) -> Option<&SessionId> {
        match self {
            Self::Pending(session) => session.id(),
            Self::Active(session) => Some(session.id()),
            Self::Closed(session) => Some(session.id()),
        }
    }

    /// See [`Session::events`].
    pub fn events(&self) -> EventStream {
        whatever!(self, session => session.events())
    }

    /// See [`Session::log`].
    pub fn log(&self) -> &EventLog {
        whatever!(self, session => session.log())
    }

    /// See [`Session::stats`].
    pub fn stats(&self) -> SessionStats {
        whatever!(self, session => session.stats())
    }

    /// See [`Session::close_reason`].
    pub fn close_reason(&self) -> Option<CloseReason> {
        whatever!(self, session => session.close_reason())
    }

    /// The session if it is active.
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
