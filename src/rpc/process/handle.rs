//! The handle to a child process: wait for the exit, terminate, kill, read stderr.

use std::fmt;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::rpc::process::exit::ExitInfo;
use crate::rpc::process::tail::StderrTail;

/// A handle to a child process: waits for its exit, terminates or kills it, and reads the end
/// of its stderr. Cheap to clone.
///
/// Each child has a *keeper*, a supervisor thread that spawns it, reads its stderr, signals it
/// and reaps it. The keeper does not depend on the caller's tokio runtime, so it works when
/// that runtime is blocked or gone.
///
/// # When the child is killed
///
/// The child leads a group: a process group on Unix, a job object on Windows.
///
/// - When the last handle is dropped, the whole group is killed. The drop waits until the
///   keeper has sent the kill, usually some microseconds, at most 250 ms. The keeper then reaps
///   the child, so no zombie is left.
/// - When the child exits, the rest of its group is killed.
/// - When this process dies, even by `SIGKILL`: on Linux the kernel kills the child, but not
///   the child's own children; on Windows the job object kills the whole group. On macOS and
///   other systems nothing is killed: a child that serves stdio sees the end of its stdin, one
///   that serves TCP may keep running.
///
/// A process that leaves the group (`setsid`) is not killed.
#[derive(Clone)]
pub struct Process(Arc<Handle>);

struct Handle {
    id: u32,
    orders: mpsc::UnboundedSender<Order>,
    exit: watch::Receiver<Option<ExitInfo>>,
    tail: Arc<StderrTail>,
}

/// A request from a handle to the keeper.
pub(super) enum Order {
    Terminate,
    Kill,
    /// The last handle was dropped: kill, then confirm.
    KillAndConfirm(SyncSender<()>),
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

    /// Waits until the process has exited and been reaped. Returns how it exited, with the end
    /// of its stderr, which the keeper reads for up to 200 ms after the exit.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn exited(&self) -> ExitInfo {
        let mut exit = self.0.exit.clone();
        let known = exit.wait_for(Option::is_some).await.ok();
        known
            .and_then(|exit| exit.clone())
            // The keeper ended without a status.
            .unwrap_or_else(|| ExitInfo::new(None, self.stderr_tail()))
    }

    /// How the process exited; `None` while it runs.
    pub fn try_exit_info(&self) -> Option<ExitInfo> {
        self.0.exit.borrow().clone()
    }

    /// Asks the process to exit: sends `SIGTERM` to it, not to its group. On Windows the same
    /// as [`Process::kill`].
    ///
    /// Returns at once. Has no effect after the exit.
    pub fn terminate(&self) {
        // Fails only when the keeper has ended, and with it the process.
        let _ = self.0.orders.send(Order::Terminate);
    }

    /// Kills the process and its whole group.
    ///
    /// Returns at once. Has no effect after the exit.
    pub fn kill(&self) {
        let _ = self.0.orders.send(Order::Kill);
    }

    /// The end of the stderr so far: at most 8 KiB and 64 lines; invalid UTF-8 is replaced.
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
        // Without the wait, this program could exit before its keeper has killed the child.
        let (killed, wait) = std_mpsc::sync_channel(1);
        if self.orders.send(Order::KillAndConfirm(killed)).is_ok() {
            let _ = wait.recv_timeout(MAX_DROP_WAIT);
        }
    }
}

/// How long the drop of the last handle waits for the keeper.
const MAX_DROP_WAIT: Duration = Duration::from_millis(250);
