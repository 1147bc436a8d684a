//! A wait group: counts background work so that stopping a client can wait for it.

use tokio::sync::watch;

/// Counts the [`WaitGuard`]s that exist.
#[derive(Debug, Default)]
pub(in crate::session) struct WaitGroup(watch::Sender<()>);

/// One piece of background work, done when the guard is dropped.
#[derive(Debug)]
pub(in crate::session) struct WaitGuard {
    _counted: watch::Receiver<()>,
}

impl WaitGroup {
    /// Adds one piece of work.
    pub(in crate::session) fn enter(&self) -> WaitGuard {
        WaitGuard { _counted: self.0.subscribe() }
    }

    /// Whether there is no guard.
    pub(in crate::session) fn is_empty(&self) -> bool {
        self.0.receiver_count() == 0
    }

    /// Waits until no guard is left. Cancel safe.
    pub(in crate::session) async fn done(&self) {
        self.0.closed().await;
    }
}
