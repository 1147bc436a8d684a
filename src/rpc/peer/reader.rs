//! The reader task: reads frames, completes pending calls, calls the inbound handler.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

use crate::rpc::disconnect::{Disconnect, DisconnectKind};
use crate::rpc::framing::FrameDecoder;
use crate::rpc::message::{Message, RpcError};
use crate::rpc::peer::core::{CloseCause, PeerCore};
use crate::rpc::peer::inbound::Inbound;
use crate::rpc::peer::responder::Responder;
use crate::rpc::process::{ExitInfo, Process};
use crate::rpc::{deadline, encode};

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
    let dispatcher = Dispatcher { core, inbound, reason: None };
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
            dispatcher.reason = Some(reason);
        }
        Err(panic) => {
            dispatcher.reason = Some(Disconnect::new(DisconnectKind::Panicked));
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
    let core = Arc::clone(&dispatcher.core);
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
                CloseCause::Final(reason) => return reason,
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
            reason = at_deadline(ending.clone()) => return reason,
        };
        let end = match read {
            Ok(0) => match decoder.finish() {
                Ok(()) => Disconnect::new(DisconnectKind::Eof),
                Err(error) => Disconnect::with_detail(DisconnectKind::Eof, error.to_string()),
            },
            Ok(_) => {
                if let Err(reason) = dispatcher.dispatch_all(&mut decoder) {
                    return reason;
                }
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
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                Disconnect::with_detail(DisconnectKind::Io(error.kind()), error.to_string())
            }
        };
        let (reason, deadline) = match ending {
            Some((reason, _)) if has_exited => return reason,
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
            exit = &mut exited => Disconnect::new(DisconnectKind::ProcessExited(exit)),
            () = tokio::time::sleep_until(deadline) => reason,
        };
    }
}

/// Dispatches frames to the inbound handler and to the pending calls. Its drop reports the end
/// of the connection to both.
struct Dispatcher<I: Inbound> {
    core: Arc<PeerCore>,
    inbound: I,
    /// `None` if the task ends before it knows the reason: its runtime was shut down.
    reason: Option<Disconnect>,
}

impl<I: Inbound> Dispatcher<I> {
    /// Handles every complete frame in the buffer.
    fn dispatch_all(&mut self, decoder: &mut FrameDecoder) -> Result<(), Disconnect> {
        let outcome = loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    if let Err(reason) = self.dispatch(frame) {
                        break Err(reason);
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => {
                    let detail = error.to_string();
                    break Err(Disconnect::with_detail(DisconnectKind::Protocol, detail));
                }
            }
        };
        self.inbound.drained();
        outcome
    }

    fn dispatch(&mut self, frame: &[u8]) -> Result<(), Disconnect> {
        let Ok(text) = std::str::from_utf8(frame) else {
            self.malformed(frame, "not UTF-8");
            return Ok(());
        };
        if self.inbound.intercept(text) {
            return Ok(());
        }
        match Message::parse(text) {
            Ok(Message::Notification { method, params }) => {
                self.inbound.notification(&method, params);
            }
            Ok(Message::Request { id, method, params }) => {
                if self.core.outgoing.take_request_slot(frame.len()) {
                    let responder = Responder::new(Arc::clone(&self.core), id, frame.len());
                    self.inbound.request(&method, params, responder);
                } else {
                    tracing::debug!(?id, ?method, "refused a request: too many in flight");
                    let message = "too many requests in flight; retry after a reply";
                    let error = RpcError::new(RpcError::TOO_MANY_REQUESTS, message);
                    let refusal = encode::error(&id, &error);
                    self.core.outgoing.push_refusal(refusal).map_err(|_| {
                        let detail = "it sends requests without reading the replies";
                        Disconnect::with_detail(DisconnectKind::Protocol, detail)
                    })?;
                }
            }
            Ok(Message::Response { id, outcome }) => {
                let known = id.is_some_and(|id| self.core.pending.complete(id, outcome));
                if !known {
                    tracing::trace!(id, "ignored a response that matches no pending call");
                }
            }
            Ok(Message::UnattributedError(error)) => {
                tracing::debug!(
                    code = error.code,
                    "an error response without an id: failing every pending call"
                );
                self.core.pending.fail_unattributed(&error);
            }
            Err(reason) => self.malformed(frame, &reason),
        }
        Ok(())
    }

    fn malformed(&mut self, frame: &[u8], reason: &str) {
        tracing::debug!(length = frame.len(), ?reason, "ignored a malformed frame");
        self.inbound.malformed(frame, reason);
    }
}

impl<I: Inbound> Drop for Dispatcher<I> {
    fn drop(&mut self) {
        let reason = self.reason.take().unwrap_or_else(|| {
            let detail = "its tokio runtime was shut down";
            Disconnect::with_detail(DisconnectKind::Dropped, detail)
        });
        self.core.begin_close(CloseCause::Final(reason.clone()));
        // The calls must fail even if this panics, and a panic while panicking would abort.
        let result =
            std::panic::catch_unwind(AssertUnwindSafe(|| self.inbound.closed(&reason)));
        if result.is_err() {
            tracing::error!("Inbound::closed panicked; pending calls fail all the same");
        }
        self.core.finish_close(&reason);
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
