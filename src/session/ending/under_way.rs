//! `Ending`: that this program is about to end a session.

use std::sync::Arc;

use crate::session::connection::ClientCore;
use crate::session::core::SessionCore;
use crate::session::ending::from_runtime::close_behind_round_trip;

/// While one exists, this program is about to end the session, and what the runtime announces
/// about its unloading is a consequence.
///
/// Dropped without a close (the attempt failed or was cancelled), the session is as it was. If the
/// runtime has unloaded it meanwhile, its log is closed as after any other announcement.
#[must_use = "the session is about to end for as long as this exists"]
pub(super) struct Ending<'a> {
    client: &'a ClientCore,
    session: &'a Arc<SessionCore>,
}

impl<'a> Ending<'a> {
    /// Begins to end the session.
    pub(super) fn begin(client: &'a ClientCore, session: &'a Arc<SessionCore>) -> Self {
        session.begin_ending();
        Self { client, session }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if self.session.finish_ending() && self.session.log().close_reason().is_none() {
            close_behind_round_trip(self.client, self.session);
        }
    }
}
