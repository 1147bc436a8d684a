//! The synchronization primitives of this layer: those of the standard library, or in
//! models those of loom.
//!
//! The cfg is this crate's own. `--cfg loom` is seen by every crate of the build, and
//! tokio and others take it as meant for them: tokio then leaves out `net` and `process`,
//! and most of this crate would have to go with them. It counts in unit tests only, so
//! that nobody gets a library whose locks work in models alone.

#[cfg(all(test, copilot_loom))]
pub(super) use self::once_lock::OnceLock;
#[cfg(all(test, copilot_loom))]
pub(super) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(all(test, copilot_loom))]
pub(super) use loom::sync::{Arc, Mutex, MutexGuard};
#[cfg(not(all(test, copilot_loom)))]
pub(super) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(not(all(test, copilot_loom)))]
pub(super) use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

#[cfg(all(test, copilot_loom))]
mod once_lock {
    use loom::sync::atomic::{AtomicBool, Ordering};

    /// Stands in for the standard library's, which loom does not have.
    ///
    /// The flag gives it the ordering that is documented for the original, no more: what
    /// `set` released, a `get` that finds it has acquired. The value itself lies in an
    /// original, to be lent by reference; loom runs its threads as coroutines of one
    /// thread, so nothing else can come between the two.
    ///
    /// Two calls of `set` at once do not wait for one another. The log has none:
    /// only the appender sets, through `&mut`.
    #[derive(Debug)]
    pub(in crate::events::log) struct OnceLock<T> {
        is_set: AtomicBool,
        value: std::sync::OnceLock<T>,
    }

    impl<T> OnceLock<T> {
        pub(in crate::events::log) fn new() -> Self {
            Self { is_set: AtomicBool::new(false), value: std::sync::OnceLock::new() }
        }

        pub(in crate::events::log) fn get(&self) -> Option<&T> {
            if self.is_set.load(Ordering::Acquire) { self.value.get() } else { None }
        }

        pub(in crate::events::log) fn set(&self, value: T) -> Result<(), T> {
            self.value.set(value)?;
            self.is_set.store(true, Ordering::Release);
            Ok(())
        }
    }
}
