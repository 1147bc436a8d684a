//! The thread that looks after one child, from spawning to reaping.
//!
//! A thread of its own for two reasons. It works when the caller's runtime is blocked or
//! gone. And Linux ties "die with the parent" to the *thread* that spawned the child, which
//! therefore must live as long as the child does; a thread of a runtime may not.

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

/// What a child's stdin and stdout are for.
#[derive(Clone, Copy, Debug)]
pub(in crate::rpc) enum Wiring {
    /// They carry the connection.
    Stdio,
    /// Stdin is empty; stdout announces a TCP port behind this phrase, in lower case, and is
    /// read and ignored after that.
    Announce(&'static str),
}

/// A child that runs.
#[derive(Debug)]
pub(in crate::rpc) struct Launched {
    pub(in crate::rpc) process: Process,
    /// With [`Wiring::Stdio`], the pipes, in the current runtime.
    pub(in crate::rpc) stdio: Option<(ChildStdin, ChildStdout)>,
    /// With [`Wiring::Announce`], where the port will come from.
    pub(in crate::rpc) port: oneshot::Receiver<u16>,
}

/// Launches a child with a keeper of its own. If this future is dropped, the child is killed.
pub(in crate::rpc) async fn launch(
    command: Command,
    wiring: Wiring,
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
        .spawn(move || keeper.run(&command, wiring, spawned_sender))?;
    let spawned =
        spawned.await.map_err(|_| io::Error::other("the keeper of the process died"))??;
    let process = Process::new(spawned.id, orders, exit, tail);
    let stdio = match spawned.stdio {
        Some((stdin, stdout)) => Some((stdin.attach()?, stdout.attach()?)),
        None => None,
    };
    Ok(Launched { process, stdio, port })
}

/// What the keeper sends back once the child runs. It crosses between runtimes.
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
        wiring: Wiring,
        spawned: oneshot::Sender<Result<Spawned, LaunchError>>,
    ) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = spawned.send(Err(error.into()));
                return;
            }
        };
        runtime.block_on(self.keep(command, wiring, spawned));
        // Nothing that is left may hold this thread: see `reap_adopted`.
        runtime.shutdown_background();
    }

    async fn keep(
        self,
        command: &Command,
        wiring: Wiring,
        spawned: oneshot::Sender<Result<Spawned, LaunchError>>,
    ) {
        let input = match wiring {
            Wiring::Stdio => Stdio::piped(),
            Wiring::Announce(_) => Stdio::null(),
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
        let stdio = match wiring {
            Wiring::Stdio => take_stdio(child.as_mut()).map(Some),
            Wiring::Announce(phrase) => {
                tokio::spawn(read_announcement(child.stdout().take(), phrase, self.port));
                Ok(None)
            }
        };
        // If the launch was dropped, the orders are closed too, and that kills the child.
        let _ = spawned.send(stdio.map(|stdio| Spawned { id, stdio }).map_err(Into::into));

        let status = supervise(child.as_mut(), self.orders).await;
        // The leader is reaped, and its id cannot be another group's: ids are not reused so
        // soon, nor at all while a process of the group is left.
        let _ = child.start_kill();
        reap_adopted(child.as_mut()).await;
        // What the child wrote last is in the pipe. A process that left the group may hold
        // the pipe open for ever.
        let _ = timeout(STDERR_GRACE, stderr).await;
        let exit = ExitInfo::new(status, self.tail.text());
        tracing::debug!(id, code = exit.code, signal = exit.signal, "a process exited");
        self.exit.send_replace(Some(exit));
    }
}

/// Carries out orders until the child has exited. The orders end with that.
async fn supervise(
    child: &mut dyn ChildWrapper,
    mut orders: mpsc::UnboundedReceiver<Order>,
) -> Option<ExitStatus> {
    let mut has_handles = true;
    loop {
        let order = tokio::select! {
            // Of the leader only: the group's wait would wait for adopted children, too,
            // where this process is the init of a container, and nobody would kill them.
            status = child.inner_mut().wait() => return status.ok(),
            order = orders.recv(), if has_handles => order,
        };
        match order {
            Some(Order::Terminate) => terminate(child),
            Some(Order::Kill) => kill(child),
            Some(Order::Abandon(killed)) => {
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
        tracing::debug!(%error, "a process group could not be killed");
    }
}

#[cfg(unix)]
fn terminate(child: &mut dyn ChildWrapper) {
    /// The same number on every unix.
    const SIGTERM: i32 = 15;
    if let Err(error) = child.inner().signal(SIGTERM) {
        tracing::debug!(%error, "a process could not be signalled");
    }
}

#[cfg(not(unix))]
fn terminate(child: &mut dyn ChildWrapper) {
    kill(child);
}

/// Where this process is the init of a container, orphans of the group have become its
/// children. They were killed; one that does not die is left to a background thread.
async fn reap_adopted(child: &mut dyn ChildWrapper) {
    let _ = timeout(STDERR_GRACE, child.wait()).await;
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

/// Reads to the end, or to the first error, which is as good.
async fn read_all(stream: Option<impl AsyncRead + Unpin>, mut handle: impl FnMut(&[u8])) {
    let Some(mut stream) = stream else {
        return;
    };
    let mut buffer = vec![0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        handle(buffer.get(..length).unwrap_or_default());
    }
}

/// How long the exit of the leader and the end of its stderr may lie apart.
const STDERR_GRACE: Duration = Duration::from_millis(100);
