//! `Ending`: that this program is about to end a session.

use std::sync::atomic::{AtomicU32, Ordering};

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

impl<'a> Ending<'a> {
    pub(super) fn new(session: &'a SessionCore) -> Self {
        session.endings.begin();
        Self { session }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if self.session.endings.end() {
            self.session.close(CloseReason::Shutdown);
        }
    }
}

/// The endings under way, and whether the runtime has announced that it unloads the session.
#[derive(Debug, Default)]
pub(super) struct Endings(AtomicU32);

/// The highest bit: the runtime unloads the session. The others count.
const UNLOADED: u32 = 1 << 31;

impl Endings {
    fn begin(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether it was the last ending under way, and the runtime has unloaded the session.
    fn end(&self) -> bool {
        self.0.fetch_sub(1, Ordering::AcqRel) == UNLOADED + 1
    }

    /// Records that the runtime unloads the session; whether somebody sees to the end already: an
    /// ending under way, or whoever was told of it first.
    pub(super) fn unload(&self) -> bool {
        self.0.fetch_or(UNLOADED, Ordering::AcqRel) != 0
    }
}
