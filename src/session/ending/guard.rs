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
        let detached = disconnect(self.client.core(), &self.core, &self.id).await;
        self.release(CloseReason::Disconnected);
        detached
    }

    /// Asks the runtime to delete the session, and closes its log whatever the answer.
    pub(in crate::session) async fn delete(self) -> Result<()> {
        let core = Arc::clone(&self.core);
        let _ending = core.ending();
        let deleted = delete(self.client.core(), &self.id).await.and_then(|deleted| {
            deleted.then_some(()).ok_or_else(|| {
                Error::new(
                    ErrorKind::SessionNotFound,
                    "the runtime deleted nothing: it has no persisted history of the session",
                )
            })
        });
        if deleted.is_ok() {
            self.release(CloseReason::Deleted);
        } else {
            // It is still there, and this client is no longer interested in it.
            if self.registration.as_ref().is_some_and(Registration::is_current) {
                detach_in_background(self.client.core(), &self.id);
            }
            self.release(CloseReason::Disconnected);
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
        self.core.close(CloseReason::Dropped);
        if registration.is_current() {
            // Before the id is free, so that the request is ahead of a resume under the same
            // id.
            detach_in_background(self.client.core(), &self.id);
        }
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
