//! The reader task: reads frames, completes pending calls, calls the inbound handler.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

use crate::rpc::deadline;
use crate::rpc::disconnect::{Disconnect, DisconnectKind};
use crate::rpc::framing::FrameDecoder;
use crate::rpc::peer::core::{CloseCause, PeerCore};
use crate::rpc::peer::dispatcher::Dispatcher;
use crate::rpc::peer::inbound::Inbound;
use crate::rpc::process::{ExitInfo, Process};

/// Reads until the connection closes.
///
/// However the returned future ends (it returns, the handler panics, the runtime drops it, even before
/// its first poll), [`Inbound::closed`] runs once and no call stays pending: see the `Drop` of
/// [`Dispatcher`].
pub(super) fn run(
    core: Arc<PeerCore>,
    stream: impl AsyncRead + Unpin,
    inbound: impl Inbound,
    process: Option<Process>,
) -> impl Future<Output = ()> {
    // Made here and not in the future, which may be dropped before it runs.
    let dispatcher = Dispatcher::new(core, inbound);
    run_dispatcher(dispatcher, stream, process)
}

async fn run_dispatcher(
    mut dispatcher: Dispatcher<impl Inbound>,
    stream: impl AsyncRead + Unpin,
    process: Option<Process>,
) {
    // Whether a handler has panicked is seen here and not by the drop: that also runs while a panic of the program's
    // own takes the runtime down.
    let read = AssertUnwindSafe(read_to_end(&mut dispatcher, stream, process)).catch_unwind();
    match read.await {
        Ok(reason) => {
            tracing::debug!(reason = ?reason.to_string(), "the connection closed");
            dispatcher.end(reason);
        }
        Err(panic) => {
            dispatcher.end(Disconnect::new(DisconnectKind::Panicked));
            drop(dispatcher);
            std::panic::resume_unwind(panic);
        }
    }
}

/// Reads and dispatches frames until the connection closes; returns the reason.
async fn read_to_end<I: Inbound>(
    dispatcher: &mut Dispatcher<I>,
    mut stream: impl AsyncRead + Unpin,
    process: Option<Process>,
) -> Disconnect {
    let core = Arc::clone(dispatcher.core());
    let mut decoder = FrameDecoder::new(core.limits.frames);
    let mut closing = std::pin::pin!(core.closing());
    let mut exited = std::pin::pin!(exit_of(process.as_ref()));
    // Set once the end is foreseeable: the reason to give unless a better one comes, and the
    // deadline for that.
    let mut ending: Option<(Disconnect, Instant)> = None;
    let mut has_exited = false;
    let mut write_failed = false;
    let mut late_reads = 0;
    let exit_grace = match process {
        Some(_) => core.limits.exit_grace,
        None => Duration::ZERO,
    };
    let with_deadline = |reason| Some((reason, deadline::after(exit_grace)));

    loop {
        // The close comes first, or a busy peer could keep the connection open. Bytes come
        // before the exit and the deadline: what the process sent before it exited is read.
        let read = tokio::select! {
            biased;
            cause = &mut closing, if !write_failed => match cause {
                CloseCause::Final(reason) => {
                    return reason.with_text(&decoder.foreign_text());
                }
                // What the peer sent before it stopped reading is still read.
                CloseCause::WriteFailed(reason) => {
                    write_failed = true;
                    if ending.is_none() {
                        ending = with_deadline(reason);
                    }
                    continue;
                }
            },
            read = stream.read_buf(decoder.buffer_mut()) => read,
            exit = &mut exited, if !has_exited => {
                has_exited = true;
                ending = with_deadline(Disconnect::new(DisconnectKind::ProcessExited(exit)));
                continue;
            }
            reason = at_deadline(ending.clone()) => {
                return reason.with_text(&decoder.foreign_text());
            }
        };
        let end = match read {
            Ok(0) => match decoder.finish() {
                Ok(()) => Disconnect::new(DisconnectKind::Eof),
                Err(error) => Disconnect::with_detail(DisconnectKind::Eof, error.to_string()),
            },
            Ok(_) => {
                if let Err(reason) = dispatcher.dispatch_all(&mut decoder) {
                    reason
                } else {
                    if let Some((reason, deadline)) = &ending
                        && Instant::now() >= *deadline
                    {
                        late_reads += 1;
                        if late_reads >= MAX_LATE_READS {
                            return reason.clone();
                        }
                    }
                    // A peer that always has bytes ready must not starve the other tasks.
                    tokio::task::yield_now().await;
                    continue;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                Disconnect::with_detail(DisconnectKind::Io(error.kind()), error.to_string())
            }
        };
        // How the process exits says more than that it writes no frames.
        let text = decoder.foreign_text();
        let end = end.with_text(&text);
        let (reason, deadline) = match ending {
            Some((reason, _)) if has_exited => return reason.with_text(&text),
            // The failed write was a symptom of this end, which is the better reason.
            Some((_, deadline)) => (end, deadline),
            None => (end, deadline::after(exit_grace)),
        };
        if process.is_none() {
            return reason;
        }
        // No call can succeed any more: refuse new ones while waiting for the exit.
        core.begin_close(CloseCause::Final(reason.clone()));
        return tokio::select! {
            biased;
            exit = &mut exited => reason.with_kind(DisconnectKind::ProcessExited(exit)),
            () = tokio::time::sleep_until(deadline) => reason,
        };
    }
}

/// Waits for the exit of the process; pending forever without a process.
async fn exit_of(process: Option<&Process>) -> ExitInfo {
    match process {
        Some(process) => process.exited().await,
        None => std::future::pending().await,
    }
}

/// Returns the reason at its deadline; pending forever without one.
async fn at_deadline(ending: Option<(Disconnect, Instant)>) -> Disconnect {
    match ending {
        Some((reason, deadline)) => {
            tokio::time::sleep_until(deadline).await;
            reason
        }
        None => std::future::pending().await,
    }
}

/// How many reads may return bytes after the deadline. More than a pipe or a socket buffers, so
/// this ends only a stream that another process keeps open and keeps writing to.
const MAX_LATE_READS: u32 = 1024;
