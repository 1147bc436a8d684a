//! What holds a session open.

use std::sync::Arc;

use crate::events::CloseReason;
use crate::session::SessionId;
use crate::session::client::Client;
use crate::session::core::SessionCore;
use crate::session::registry::Registration;

/// What holds a session open, here and at the runtime.
pub(super) struct Lease {
    client: Client,
    core: Arc<SessionCore>,
    pub(super) id: SessionId,
    registration: Option<Registration>,
}

impl Lease {
    pub(super) fn new(
        client: Client,
        core: Arc<SessionCore>,
        id: SessionId,
        registration: Registration,
    ) -> Self {
        Self { client, core, id, registration: Some(registration) }
    }

    /// Gives up the session's place and closes its log. The runtime is not told.
    pub(super) fn release(mut self, reason: CloseReason) {
        self.core.log().close(reason);
        self.registration = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(registration) = self.registration.take() else { return };
        self.core.begin_ending(CloseReason::Dropped);
        if self.core.log().close(CloseReason::Dropped) {
            // Before the id is free for somebody else to resume.
            self.client.inner().detach_unawaited(&self.id);
        }
        drop(registration);
    }
}
