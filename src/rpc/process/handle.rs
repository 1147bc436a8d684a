//! The handle to a child process.

use std::fmt;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::rpc::process::exit::ExitInfo;
use crate::rpc::process::tail::StderrTail;

/// A handle to a child process; cheap to clone.
///
/// Each child has a *keeper*: a thread that spawns it, reads its stderr, signals it and reaps
/// it. The keeper depends on no runtime of yours, so that a child is looked after even when
/// the runtime is gone.
///
/// # What becomes of the child
///
/// - When the last handle is dropped, the child and the whole process group it leads are
///   killed; the kill has been carried out when the drop returns (the drop waits for the
///   keeper, some microseconds, 250 ms at the very worst). The keeper reaps it: no zombies.
/// - When the child exits, what is left of its group is killed.
/// - When this process dies, even by `SIGKILL`: on Linux the kernel kills the child (though
///   not the child's own children); on Windows its job object kills all of them; on macOS
///   and elsewhere nothing does, and a child that serves stdio ends by the end of its stdin
///   while one that serves TCP may stay.
///
/// A group is a process group on unix and a job object on Windows. A child that leaves its
/// group (`setsid`) also leaves this care.
#[derive(Clone)]
pub struct Process(Arc<Handle>);

struct Handle {
    id: u32,
    orders: mpsc::UnboundedSender<Order>,
    exit: watch::Receiver<Option<ExitInfo>>,
    tail: Arc<StderrTail>,
}

/// What a handle asks of the keeper.
pub(super) enum Order {
    Terminate,
    Kill,
    /// The last handle is gone: kill, and confirm.
    Abandon(SyncSender<()>),
}

impl Process {
    pub(super) fn new(
        id: u32,
        orders: mpsc::UnboundedSender<Order>,
        exit: watch::Receiver<Option<ExitInfo>>,
        tail: Arc<StderrTail>,
    ) -> Self {
        Self(Arc::new(Handle { id, orders, exit, tail }))
    }

    /// The process id; `None` once the process is known to have exited.
    pub fn id(&self) -> Option<u32> {
        self.try_exit_info().is_none().then_some(self.0.id)
    }

    /// Waits until the process has exited and been reaped.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn exited(&self) -> ExitInfo {
        let mut exit = self.0.exit.clone();
        let known = exit.wait_for(Option::is_some).await.ok();
        known
            .and_then(|exit| exit.clone())
            // The keeper ended without learning the status.
            .unwrap_or_else(|| ExitInfo::new(None, self.stderr_tail()))
    }

    /// How the process exited; `None` while it runs.
    pub fn try_exit_info(&self) -> Option<ExitInfo> {
        self.0.exit.borrow().clone()
    }

    /// Asks the process to end: `SIGTERM` to it alone; on Windows the same as [`Process::kill`].
    ///
    /// Returns at once. Without effect after the exit.
    pub fn terminate(&self) {
        // A keeper that is gone has nothing left to signal.
        let _ = self.0.orders.send(Order::Terminate);
    }

    /// Kills the process and its whole group.
    ///
    /// Returns at once. Without effect after the exit.
    pub fn kill(&self) {
        let _ = self.0.orders.send(Order::Kill);
    }

    /// The end of what the process wrote to stderr so far: at most 8 KiB and 64 lines.
    pub fn stderr_tail(&self) -> Arc<str> {
        self.0.tail.text()
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Process").field("id", &self.0.id).finish_non_exhaustive()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Without waiting, a program that ends right now could outrun its keeper.
        let (killed, wait) = std_mpsc::sync_channel(1);
        if self.orders.send(Order::Abandon(killed)).is_ok() {
            let _ = wait.recv_timeout(MAX_DROP_WAIT);
        }
    }
}

/// How long dropping the last handle waits for a keeper that does not get to run.
const MAX_DROP_WAIT: Duration = Duration::from_millis(250);
