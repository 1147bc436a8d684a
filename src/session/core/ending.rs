//! `Ending`: that this program is about to end a session.

use crate::events::CloseReason;
use crate::session::core::SessionCore;

/// While one exists, this program is about to end the session, and what the runtime announces
/// about its unloading is a consequence.
///
/// Dropped without a close (the attempt failed or was cancelled), the session is as it was, unless
/// the runtime has unloaded it meanwhile.
#[must_use = "the session is about to end for as long as this exists"]
pub(in crate::session) struct Ending<'a> {
    session: &'a SessionCore,
}

impl SessionCore {
    /// Begins to end the session.
    pub(in crate::session) fn ending(&self) -> Ending<'_> {
        self.endings.begin();
        Ending { session: self }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if self.session.endings.end() {
            self.session.close(CloseReason::Shutdown);
        }
    }
}
