//! A wait group: counts work in the background that the end of a client waits for.

use tokio::sync::watch;

/// Counts the [`WaitGuard`]s that are alive.
#[derive(Debug, Default)]
pub(in crate::session) struct WaitGroup(watch::Sender<()>);

/// One piece of work; it is done when the guard is dropped.
#[derive(Debug)]
pub(in crate::session) struct WaitGuard {
    _counted: watch::Receiver<()>,
}

impl WaitGroup {
    /// Adds one piece of work.
    pub(in crate::session) fn enter(&self) -> WaitGuard {
        WaitGuard { _counted: self.0.subscribe() }
    }

    /// Waits until all of it is done.
    pub(in crate::session) async fn done(&self) {
        self.0.closed().await;
    }
}
