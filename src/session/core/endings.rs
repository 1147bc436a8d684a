//! Counts the endings of a session that are under way.

use std::sync::atomic::{AtomicU32, Ordering};

/// The endings under way, and whether the runtime has announced that it unloads the session.
#[derive(Debug, Default)]
pub(super) struct Endings(AtomicU32);

/// The highest bit: the runtime unloads the session. The others count.
const UNLOADED: u32 = 1 << 31;

impl Endings {
    pub(super) fn begin(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether it was the last ending under way, and the runtime has unloaded the session.
    pub(super) fn end(&self) -> bool {
        self.0.fetch_sub(1, Ordering::AcqRel) == UNLOADED + 1
    }

    /// Whether an ending is under way, or the runtime unloads the session.
    pub(super) fn are_under_way(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }

    /// Whether the runtime unloads the session.
    pub(super) fn is_unloading(&self) -> bool {
        self.0.load(Ordering::Acquire) & UNLOADED != 0
    }

    pub(super) fn forget_unload(&self) {
        self.0.fetch_and(!UNLOADED, Ordering::AcqRel);
    }

    /// Records that the runtime unloads the session; whether the caller is to close its log: nobody
    /// recorded it before, and no ending is under way, which would do so.
    pub(super) fn begin_unload(&self) -> bool {
        self.0.fetch_or(UNLOADED, Ordering::AcqRel) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ending_closes_what_was_unloaded_meanwhile() {
        let endings = Endings::default();
        endings.begin();
        endings.begin();
        assert!(!endings.end());
        assert!(!endings.begin_unload());
        endings.begin();
        assert!(!endings.end());
        assert!(endings.end());
        assert!(endings.is_unloading());
        // Nobody ends it: whoever records the unload closes it, once.
        endings.forget_unload();
        assert!(!endings.are_under_way());
        assert!(endings.begin_unload());
        assert!(!endings.begin_unload());
        endings.forget_unload();
        endings.begin();
        assert!(!endings.end());
        assert!(!endings.are_under_way());
    }
}
