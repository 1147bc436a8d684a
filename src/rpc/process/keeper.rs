//! The keeper: the supervisor thread that spawns, signals, kills and reaps a child process.
//!
//! Each child has a thread of its own, for two reasons. It works when the caller's tokio
//! runtime is blocked or gone. And on Linux the parent death signal is tied to the *thread*
//! that spawned the child: that thread must live as long as the child, which a thread of a
//! runtime may not.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use process_wrap::tokio::ChildWrapper;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::rpc::process::announce::Announcement;
use crate::rpc::process::command::Command;
use crate::rpc::process::exit::ExitInfo;
use crate::rpc::process::handle::{Order, Process};
use crate::rpc::process::launch_error::LaunchError;
use crate::rpc::process::pipes::{Stdin, Stdout};
use crate::rpc::process::tail::StderrTail;

/// What a child's stdin and stdout are used for.
#[derive(Clone, Copy, Debug)]
pub(in crate::rpc) enum StdioUse {
    /// They are the connection.
    Connection,
    /// Stdin is empty. Stdout announces a TCP port after this phrase, which is in lower case;
    /// later output is read and ignored.
    Announcement(&'static str),
}

/// A running child.
#[derive(Debug)]
pub(in crate::rpc) struct Launched {
    pub(in crate::rpc) process: Process,
    /// With [`StdioUse::Connection`], the pipes, registered with the current runtime.
    pub(in crate::rpc) stdio: Option<(ChildStdin, ChildStdout)>,
    /// With [`StdioUse::Announcement`], receives the port.
    pub(in crate::rpc) port: oneshot::Receiver<u16>,
}

/// Launches a child with its own keeper. If this future is dropped, the child is killed.
pub(in crate::rpc) async fn launch(
    command: Command,
    stdio_use: StdioUse,
) -> Result<Launched, LaunchError> {
    let (orders, orders_receiver) = mpsc::unbounded_channel();
    let (exit_sender, exit) = watch::channel(None);
    let (spawned_sender, spawned) = oneshot::channel();
    let (port_sender, port) = oneshot::channel();
    let tail = Arc::new(StderrTail::default());
    let keeper = Keeper {
        orders: orders_receiver,
        exit: exit_sender,
        tail: Arc::clone(&tail),
        port: port_sender,
    };
    thread::Builder::new()
        .name("rpc-process-keeper".to_owned())
        .spawn(move || keeper.run(&command, stdio_use, spawned_sender))?;
    let spawned = spawned
        .await
        .map_err(|_| io::Error::other("the keeper thread of the process panicked"))??;
    let process = Process::new(spawned.id, orders, exit, tail);
    let stdio = match spawned.stdio {
        Some((stdin, stdout)) => Some((stdin.attach()?, stdout.attach()?)),
        None => None,
    };
    Ok(Launched { process, stdio, port })
}

/// What the keeper sends to the launching task, from one runtime to another, once the child
/// runs.
struct Spawned {
    id: u32,
    stdio: Option<(Stdin, Stdout)>,
}

struct Keeper {
    orders: mpsc::UnboundedReceiver<Order>,
    exit: watch::Sender<Option<ExitInfo>>,
    tail: Arc<StderrTail>,
    port: oneshot::Sender<u16>,
}

impl Keeper {
    fn run(
        self,
        command: &Command,
        stdio_use: StdioUse,
        spawned: oneshot::Sender<Result<Spawned, LaunchError>>,
    ) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = spawned.send(Err(error.into()));
                return;
            }
        };
        runtime.block_on(self.keep(command, stdio_use, spawned));
        // Does not wait for tasks that are left: see `reap_adopted`.
        runtime.shutdown_background();
    }

    async fn keep(
        self,
        command: &Command,
        stdio_use: StdioUse,
        spawned: oneshot::Sender<Result<Spawned, LaunchError>>,
    ) {
        let input = match stdio_use {
            StdioUse::Connection => Stdio::piped(),
            StdioUse::Announcement(_) => Stdio::null(),
        };
        let child = match command.wrap(input) {
            Ok(mut command) => command.spawn(),
            Err(error) => Err(error),
        };
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                let _ = spawned.send(Err(command.explain(error)));
                return;
            }
        };
        let id = child.id().unwrap_or_default();
        tracing::debug!(id, "launched a process");
        let stderr = child.stderr().take();
        let stderr = tokio::spawn(read_stderr(stderr, Arc::clone(&self.tail)));
        let stdio = match stdio_use {
            StdioUse::Connection => take_stdio(child.as_mut()).map(Some),
            StdioUse::Announcement(phrase) => {
                tokio::spawn(read_announcement(child.stdout().take(), phrase, self.port));
                Ok(None)
            }
        };
        // If the launch was dropped, `orders` is closed too, and `supervise` kills the child.
        let _ = spawned.send(stdio.map(|stdio| Spawned { id, stdio }).map_err(Into::into));

        let status = supervise(child.as_mut(), self.orders).await;
        // Kills the rest of the group. The leader is reaped, but its id cannot belong to
        // another group yet: ids are not reused so soon, nor at all while the group has a
        // process.
        let _ = child.start_kill();
        reap_adopted(child.as_mut()).await;
        // The child's last output is still in the pipe. The timeout is needed because a process
        // that left the group may hold the pipe open.
        let _ = timeout(EXIT_GRACE, stderr).await;
        let exit = ExitInfo::new(status, self.tail.text());
        tracing::debug!(id, code = exit.code, signal = exit.signal, "a process exited");
        self.exit.send_replace(Some(exit));
    }
}

/// Carries out orders until the child has exited.
async fn supervise(
    child: &mut dyn ChildWrapper,
    mut orders: mpsc::UnboundedReceiver<Order>,
) -> Option<ExitStatus> {
    let mut has_handles = true;
    loop {
        let order = tokio::select! {
            // Waits for the leader only. The group's wait would also wait for adopted children
            // where this process is the init of a container, and nothing would kill them.
            status = child.inner_mut().wait() => return status.ok(),
            order = orders.recv(), if has_handles => order,
        };
        match order {
            Some(Order::Terminate) => terminate(child),
            Some(Order::Kill) => kill(child),
            Some(Order::KillAndConfirm(killed)) => {
                kill(child);
                let _ = killed.send(());
            }
            None => {
                has_handles = false;
                kill(child);
            }
        }
    }
}

fn kill(child: &mut dyn ChildWrapper) {
    if let Err(error) = child.start_kill() {
        tracing::debug!(error = ?error.to_string(), "could not kill a process group");
    }
}

#[cfg(unix)]
fn terminate(child: &mut dyn ChildWrapper) {
    /// The same number on every Unix.
    const SIGTERM: i32 = 15;
    if let Err(error) = child.inner().signal(SIGTERM) {
        tracing::debug!(error = ?error.to_string(), "could not send SIGTERM to a process");
    }
}

#[cfg(not(unix))]
fn terminate(child: &mut dyn ChildWrapper) {
    kill(child);
}

/// Reaps killed processes of the group that this process has adopted, as it does where it is
/// the init of a container. The timeout leaves one that does not die to a background thread.
async fn reap_adopted(child: &mut dyn ChildWrapper) {
    let _ = timeout(EXIT_GRACE, child.wait()).await;
}

fn take_stdio(child: &mut dyn ChildWrapper) -> io::Result<(Stdin, Stdout)> {
    let stdin = child.stdin().take();
    let stdout = child.stdout().take();
    match (stdin, stdout) {
        (Some(stdin), Some(stdout)) => Ok((Stdin::detach(stdin)?, Stdout::detach(stdout)?)),
        _ => Err(io::Error::other("the process has no pipes")),
    }
}

async fn read_stderr(stream: Option<impl AsyncRead + Unpin>, tail: Arc<StderrTail>) {
    read_all(stream, |bytes| tail.push(bytes)).await;
}

async fn read_announcement(
    stream: Option<impl AsyncRead + Unpin>,
    phrase: &'static str,
    port: oneshot::Sender<u16>,
) {
    let mut announcement = Announcement::new(phrase);
    let mut port_sender = Some(port);
    read_all(stream, |bytes| {
        if port_sender.is_some()
            && let Some(port) = announcement.feed(bytes)
            && let Some(sender) = port_sender.take()
        {
            let _ = sender.send(port);
        }
    })
    .await;
}

/// Reads to the end of the stream or to the first error.
async fn read_all(stream: Option<impl AsyncRead + Unpin>, mut handle: impl FnMut(&[u8])) {
    let Some(mut stream) = stream else {
        return;
    };
    let mut buffer = vec![0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        handle(buffer.get(..length).unwrap_or_default());
    }
}

/// How long to wait, after the exit of the leader, for the end of its stderr and for the rest
/// of its group.
const EXIT_GRACE: Duration = Duration::from_millis(100);
