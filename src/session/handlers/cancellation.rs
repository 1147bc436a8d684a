//! `Cancellation`: that nobody waits for an answer any more.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::events::Wakers;

/// Tells the work on a request that nobody waits for its answer any more: the work was aborted, another
/// client has answered, or the session has ended.
///
/// The future of the handler is dropped then, at its next await. This is for work that it has started
/// elsewhere: in a task, on a thread, in a process. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_cancelled: AtomicBool,
    changed: Wakers,
}

impl Cancellation {
    pub(super) fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::SeqCst);
        self.0.changed.wake_all();
    }

    /// Whether nobody waits any more.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::SeqCst)
    }

    /// Waits until nobody waits any more; for ever if the answer is taken.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub fn cancelled(&self) -> impl Future<Output = ()> + Send + use<> {
        let state = Arc::clone(&self.0);
        async move {
            state
                .changed
                .until(|| state.is_cancelled.load(Ordering::SeqCst).then_some(()))
                .await;
        }
    }
}
