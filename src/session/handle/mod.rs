//! `SessionHandle`: sending, calling and asking for the end, without owning the session.
//!
//! Uses `ending`, `connection`, `core`, `inbox` and the rooms below them. The methods of an active
//! session that talk to the runtime are those of its handle.

mod call;
mod close;
mod handlers;

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Weak};

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::session::connection::{Client, ClientCore};
use crate::session::core::{SessionCore, SessionView};

pub(in crate::session) use self::call::until_closed;

/// A handle to a session: sends, calls and reads, and owns nothing.
///
/// Made by [`Session::handle`](crate::Session::handle) of a pending or an active session. Clones are
/// cheap, and all methods take `&self`: give one to every task that works with the session.
///
/// - **It keeps nothing alive.** When the [`Session`](crate::Session) is disconnected, deleted or
///   dropped, or ended from outside, calls fail with [`ErrorKind::Closed`] and the reason. A handle
///   does not keep the client or its runtime running either, but a call that it has begun does, until
///   it has ended or is dropped. The events can still be read.
/// - **Before the start** calls fail with [`ErrorKind::NotStarted`].
/// - **It can ask for the end**: [`close`](Self::close). The owner keeps its `Session<Active>`, whose
///   calls then fail, and whose [`disconnect`](crate::Session::disconnect) returns the closed session.
/// - **Its futures do not borrow it**: they can be spawned.
///
/// It dereferences to [`SessionView`], which has the events.
pub struct SessionHandle {
    /// Weak, because a handle keeps no connection open.
    client: Weak<ClientCore>,
    view: SessionView,
}

impl SessionHandle {
    pub(in crate::session) fn new(client: &Client, core: &Arc<SessionCore>) -> Self {
        let client = Arc::downgrade(client.core());
        Self { client, view: SessionView::new(Arc::clone(core)) }
    }

    pub(in crate::session) fn core(&self) -> &Arc<SessionCore> {
        &self.view.core
    }

    /// The session's id and its client, or why nothing can be asked of the runtime.
    pub(in crate::session) fn open(&self) -> Result<(SessionId, Client)> {
        let open = self.open_early()?;
        if self.core().is_active() { Ok(open) } else { Err(not_started()) }
    }

    /// The same, also while the session is being started.
    pub(in crate::session) fn open_early(&self) -> Result<(SessionId, Client)> {
        let core = self.core();
        if let Some(reason) = core.log().close_reason() {
            return Err(Error::closed(reason));
        }
        match (core.id(), self.client.upgrade()) {
            (Some(id), Some(client)) => Ok((id.clone(), Client::new(client))),
            _ => Err(not_started()),
        }
    }
}

fn not_started() -> Error {
    let text = "the session has not been started; await its start first";
    Error::new(ErrorKind::NotStarted, text)
}

// By hand, because a view can't be cloned by users.
impl Clone for SessionHandle {
    fn clone(&self) -> Self {
        Self { client: Weak::clone(&self.client), view: self.view.again() }
    }
}

impl Deref for SessionHandle {
    type Target = SessionView;

    fn deref(&self) -> &SessionView {
        &self.view
    }
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionHandle").field("view", &self.view).finish_non_exhaustive()
    }
}
