//! Guards that end a session when it is dropped, and the ends that its owner asks for.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::session::connection::{Client, Registration};
use crate::session::core::SessionCore;
use crate::session::ending::delete::delete;
use crate::session::ending::detach::detach_in_background;
use crate::session::ending::disconnect::disconnect;
use crate::session::ending::limit::in_time;
use crate::session::ending::under_way::Ending;

/// Keeps an active session open. Dropping the guard closes the log and sends the runtime a
/// detach request without waiting for the answer.
pub(in crate::session) struct SessionGuard {
    client: Client,
    core: Arc<SessionCore>,
    id: SessionId,
    registration: Option<Registration>,
}

impl SessionGuard {
    pub(in crate::session) fn new(
        client: Client,
        core: Arc<SessionCore>,
        id: SessionId,
        registration: Registration,
    ) -> Self {
        Self { client, core, id, registration: Some(registration) }
    }

    pub(in crate::session) fn id(&self) -> &SessionId {
        &self.id
    }

    pub(in crate::session) fn client(&self) -> &Client {
        &self.client
    }

    /// Detaches the session and closes its log.
    pub(in crate::session) async fn disconnect(self) -> Result<()> {
        let (client, core) = (self.client.clone(), Arc::clone(&self.core));
        let _ending = Ending::begin(client.core(), &core);
        // Dropped before that: a future that is dropped ends the session, whatever the runtime says of
        // its unloading meanwhile.
        let guard = self;
        let detached = disconnect(client.core(), &core, &guard.id).await;
        guard.release(CloseReason::Disconnected);
        detached
    }

    /// Asks the runtime to delete the session, and closes its log whatever the answer. Asks nothing if
    /// the session has ended and another has its id.
    pub(in crate::session) async fn delete(self) -> Result<()> {
        let (client, core) = (self.client.clone(), Arc::clone(&self.core));
        let registry = &client.core().registry;
        if let Some(reason) = core.log().close_reason()
            && registry.is_taken_from(&self.id, &core)
        {
            // Another session has the id since: its history is not this owner's to delete.
            return Err(Error::closed(reason));
        }
        let _ending = Ending::begin(client.core(), &core);
        let guard = self;
        let deleted =
            in_time(client.core(), "`session.delete`", delete(client.core(), &guard.id));
        let deleted = deleted.await.and_then(|deleted| {
            deleted.then_some(()).ok_or_else(|| {
                Error::new(
                    ErrorKind::SessionNotFound,
                    "the runtime deleted nothing: it has no persisted history of the session",
                )
            })
        });
        if deleted.is_ok() {
            guard.release(CloseReason::Deleted);
        } else {
            // It is still there, and this client is no longer interested in it.
            detach_in_background(client.core(), &core, &guard.id);
            guard.release(CloseReason::Disconnected);
        }
        deleted
    }

    /// Closes the log and frees the session's id, without telling the runtime.
    pub(in crate::session) fn release(mut self, reason: CloseReason) {
        self.core.close(reason);
        self.registration = None;
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        let Some(registration) = self.registration.take() else { return };
        // Before the log is closed, with which the id is free, so that the request is ahead of a resume
        // under the same id.
        detach_in_background(self.client.core(), &self.core, &self.id);
        self.core.close(CloseReason::Dropped);
        drop(registration);
    }
}

/// Closes the log of a session that is dropped before it has been started.
pub(in crate::session) struct UnstartedGuard(Option<Arc<SessionCore>>);

impl UnstartedGuard {
    pub(in crate::session) fn new(core: Arc<SessionCore>) -> Self {
        Self(Some(core))
    }

    /// Keeps the log open, because the session has been started.
    pub(in crate::session) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for UnstartedGuard {
    fn drop(&mut self) {
        if let Some(core) = &self.0 {
            core.close(CloseReason::NeverStarted);
        }
    }
}
