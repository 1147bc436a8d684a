//! `AnySession`: a session in any state, where the state is known at run time only.

use std::ops::Deref;

use crate::error::Result;
use crate::ids::SessionId;
use crate::session::core::SessionView;
use crate::session::handle::SessionHandle;
use crate::session::states::active::Active;
use crate::session::states::closed::Closed;
use crate::session::states::pending::Pending;
use crate::session::states::session::Session;

/// A session in any of its three states, for structs and collections.
///
/// It dereferences to [`SessionView`], which has what can be read in every state. It can be started
/// and ended in place ([`start`](Self::start), [`disconnect`](Self::disconnect)); for the rest, match on
/// it, use [`as_active`](Self::as_active), or convert it with `TryFrom`.
///
/// In a mutex: lock it, take a [`handle`](Self::handle), unlock it, and wait with the handle.
/// [`SessionHandle::close`] ends the session without the lock; the value is then `Active` with a
/// `close_reason`, until [`disconnect`](Self::disconnect) makes it `Closed`.
///
/// ```no_run
/// # async fn example(client: copilot_sessions::Client) -> copilot_sessions::Result<()> {
/// use copilot_sessions::{AnySession, SessionConfig};
///
/// let mut sessions: Vec<AnySession> = Vec::new();
/// sessions.push(client.create_session(SessionConfig::new()).into());
/// sessions.push(client.create_session(SessionConfig::new()).await?.into());
/// for session in &mut sessions {
///     let _events = session.events();
///     session.start().await?; // does nothing for one that is active
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
    /// A session that has ended.
    Closed(Session<Closed>),
}

impl AnySession {
    /// The session, if it is [`AnySession::Pending`].
    pub fn as_pending(&self) -> Option<&Session<Pending>> {
        match self {
            Self::Pending(session) => Some(session),
            _ => None,
        }
    }

    /// The session, if it is [`AnySession::Active`].
    pub fn as_active(&self) -> Option<&Session<Active>> {
        match self {
            Self::Active(session) => Some(session),
            _ => None,
        }
    }

    /// The session, if it is [`AnySession::Active`], to [`reconfigure`](Session::reconfigure) it.
    pub fn as_active_mut(&mut self) -> Option<&mut Session<Active>> {
        match self {
            Self::Active(session) => Some(session),
            _ => None,
        }
    }

    /// The session, if it is [`AnySession::Closed`].
    pub fn as_closed(&self) -> Option<&Session<Closed>> {
        match self {
            Self::Closed(session) => Some(session),
            _ => None,
        }
    }

    /// A handle to the session, unless it is closed.
    pub fn handle(&self) -> Option<SessionHandle> {
        match self {
            Self::Pending(session) => Some(session.handle()),
            Self::Active(session) => Some(session.handle()),
            Self::Closed(_) => None,
        }
    }

    /// Ends the session in place, and leaves it closed: disconnects it if it is active, closes it if it
    /// is pending, does nothing if it is closed.
    ///
    /// # Errors
    ///
    /// Those of [`Session::disconnect`]. The session is closed all the same.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the session, which ends it without waiting: the value is closed.
    pub async fn disconnect(&mut self) -> Result<()> {
        match self.take() {
            Self::Active(session) => match session.disconnect().await {
                Ok(closed) => *self = Self::Closed(closed),
                Err(error) => {
                    let (error, closed) = error.into_parts();
                    *self = Self::Closed(closed);
                    return Err(error);
                }
            },
            Self::Pending(session) => drop(session),
            closed @ Self::Closed(_) => *self = closed,
        }
        Ok(())
    }

    /// Takes the session out, and leaves a closed session in its place that reads the same log.
    pub(in crate::session) fn take(&mut self) -> Self {
        let view = self.again();
        // One that the runtime was to choose an id for gets an id that is no other session's.
        let id = view.id().cloned().unwrap_or_else(SessionId::random);
        std::mem::replace(self, Self::Closed(Session::closed(view, id, 0)))
    }
}

/// To what can be read in any state.
impl Deref for AnySession {
    type Target = SessionView;

    fn deref(&self) -> &SessionView {
        match self {
            Self::Pending(session) => session,
            Self::Active(session) => session,
            Self::Closed(session) => session,
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

impl TryFrom<AnySession> for Session<Pending> {
    /// The session as it was.
    type Error = AnySession;

    fn try_from(session: AnySession) -> Result<Self, AnySession> {
        match session {
            AnySession::Pending(session) => Ok(session),
            other => Err(other),
        }
    }
}

impl TryFrom<AnySession> for Session<Active> {
    /// The session as it was.
    type Error = AnySession;

    fn try_from(session: AnySession) -> Result<Self, AnySession> {
        match session {
            AnySession::Active(session) => Ok(session),
            other => Err(other),
        }
    }
}

impl TryFrom<AnySession> for Session<Closed> {
    /// The session as it was.
    type Error = AnySession;

    fn try_from(session: AnySession) -> Result<Self, AnySession> {
        match session {
            AnySession::Closed(session) => Ok(session),
            other => Err(other),
        }
    }
}
