//! `HandlerGuard`: removes a handler when it is dropped.

use std::fmt;

/// Keeps a handler in place that was added at run time; dropping it removes the handler.
///
/// From [`Client::handle_requests`](crate::Client::handle_requests) and its like, and those of a
/// session. Messages that arrived before the drop are still handled; later ones find the handler
/// gone. The handler itself is dropped with the last of them, and never under a lock of this crate.
///
/// A guard keeps neither the session nor the client open. When that ends, the handler is removed, and
/// the guard has nothing left to do.
#[must_use = "dropping the guard removes the handler; `keep` leaves it in place"]
pub struct HandlerGuard {
    remove: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl HandlerGuard {
    pub(super) fn new(remove: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { remove: Some(Box::new(remove)) }
    }

    /// Leaves the handler in place until its session or its client ends.
    pub fn keep(mut self) {
        self.remove = None;
    }
}

impl Drop for HandlerGuard {
    fn drop(&mut self) {
        if let Some(remove) = self.remove.take() {
            remove();
        }
    }
}

impl fmt::Debug for HandlerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerGuard").finish_non_exhaustive()
    }
}
