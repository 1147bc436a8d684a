//! The reader task: frames from the stream to the calls and to the dispatcher.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

use crate::rpc::disconnect::{Disconnect, DisconnectKind};
use crate::rpc::encode;
use crate::rpc::framing::FrameDecoder;
use crate::rpc::message::{Message, RpcError};
use crate::rpc::peer::core::{PeerCore, Stop};
use crate::rpc::peer::inbound::Inbound;
use crate::rpc::peer::responder::Responder;
use crate::rpc::process::{ExitInfo, Process};

/// Reads until the connection ends.
///
/// However this future ends - it returns, a method of the owner panics, the runtime drops it -
/// the owner is told once and no call stays pending: see the `Drop` of [`Dispatcher`].
pub(super) async fn run(
    core: Arc<PeerCore>,
    stream: impl AsyncRead + Unpin,
    inbound: impl Inbound,
    process: Option<Process>,
) {
    let mut dispatcher = Dispatcher { core, inbound, reason: None };
    let reason = read_to_end(&mut dispatcher, stream, process).await;
    tracing::debug!(%reason, "the connection ended");
    dispatcher.reason = Some(reason);
}

/// Reads and dispatches to the end; returns what the end was.
async fn read_to_end<I: Inbound>(
    dispatcher: &mut Dispatcher<I>,
    mut stream: impl AsyncRead + Unpin,
    process: Option<Process>,
) -> Disconnect {
    let core = Arc::clone(&dispatcher.core);
    let mut decoder = FrameDecoder::new(core.limits.frames);
    let mut stopping = std::pin::pin!(core.stopping());
    let mut exited = std::pin::pin!(exit_of(process.as_ref()));
    // Once the end is known to come: the reason, should nothing better turn up, and when.
    let mut ending: Option<(Disconnect, Instant)> = None;
    let mut has_exited = false;
    let mut has_stopped = false;
    let mut overtime = 0;
    let exit_grace = match process {
        Some(_) => core.limits.exit_grace,
        None => Duration::ZERO,
    };
    let grace = |reason| Some((reason, Instant::now() + exit_grace));

    loop {
        // A stop comes first, or a busy peer could not be stopped. Bytes come before the exit
        // and its deadline: what the process managed to send is read.
        let read = tokio::select! {
            biased;
            stop = &mut stopping, if !has_stopped => match stop {
                Stop::Decided(reason) => return reason,
                // What the peer sent before it stopped reading is read.
                Stop::WriteFailed(reason) => {
                    has_stopped = true;
                    if ending.is_none() {
                        ending = grace(reason);
                    }
                    continue;
                }
            },
            read = stream.read_buf(decoder.buffer_mut()) => read,
            exit = &mut exited, if !has_exited => {
                has_exited = true;
                ending = grace(Disconnect::new(DisconnectKind::ProcessExited(exit)));
                continue;
            }
            reason = expire(ending.clone()) => return reason,
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
                    overtime += 1;
                    if overtime >= MAX_OVERTIME {
                        return reason.clone();
                    }
                }
                // A peer that is always ready must not keep the other tasks from running.
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
            // The failed write was the earlier symptom of this end.
            Some((_, deadline)) => (end, deadline),
            None => (end, Instant::now() + exit_grace),
        };
        if process.is_none() {
            return reason;
        }
        // No call can succeed any more; do not let new ones in while the exit is awaited.
        core.stop(Stop::Decided(reason.clone()));
        return tokio::select! {
            biased;
            exit = &mut exited => Disconnect::new(DisconnectKind::ProcessExited(exit)),
            () = tokio::time::sleep_until(deadline) => reason,
        };
    }
}

/// The owner of a connection, and the promise to tell it when that ends.
struct Dispatcher<I: Inbound> {
    core: Arc<PeerCore>,
    inbound: I,
    reason: Option<Disconnect>,
}

impl<I: Inbound> Dispatcher<I> {
    /// Handles every complete frame of the buffer.
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
                if self.core.outgoing.take_request_slot() {
                    let responder = Responder::new(Arc::clone(&self.core), id);
                    self.inbound.request(&method, params, responder);
                } else {
                    tracing::debug!(%id, %method, "refused a request: too many in flight");
                    let message = "too many requests in flight";
                    let refusal = encode::error(&id, RpcError::TOO_MANY_REQUESTS, message);
                    self.core.outgoing.push_refusal(refusal).map_err(|_| {
                        let detail = "it sends requests and does not read the answers";
                        Disconnect::with_detail(DisconnectKind::Protocol, detail)
                    })?;
                }
            }
            Ok(Message::Response { id, outcome }) => {
                let known = id.is_some_and(|id| self.core.pending.complete(id, outcome));
                if !known {
                    tracing::trace!(id, "a response to no pending call");
                }
            }
            Ok(Message::UnattributedError(error)) => {
                tracing::debug!(code = error.code, "an error response without an id");
                self.core.pending.fail_unattributed(&error);
            }
            Err(reason) => self.malformed(frame, &reason),
        }
        Ok(())
    }

    fn malformed(&mut self, frame: &[u8], reason: &str) {
        tracing::debug!(length = frame.len(), reason, "a malformed frame");
        self.inbound.malformed(frame, reason);
    }
}

impl<I: Inbound> Drop for Dispatcher<I> {
    fn drop(&mut self) {
        let reason = self.reason.take().unwrap_or_else(|| {
            if std::thread::panicking() {
                Disconnect::new(DisconnectKind::Panicked)
            } else {
                let detail = "its runtime was shut down";
                Disconnect::with_detail(DisconnectKind::Dropped, detail)
            }
        });
        self.core.stop(Stop::Decided(reason.clone()));
        // The calls must fail even if this panics, and a second panic would abort.
        let told = std::panic::catch_unwind(AssertUnwindSafe(|| self.inbound.closed(&reason)));
        if told.is_err() {
            tracing::error!("Inbound::closed panicked");
        }
        self.core.finish(&reason);
    }
}

/// The exit of the process; without one, never.
async fn exit_of(process: Option<&Process>) -> ExitInfo {
    match process {
        Some(process) => process.exited().await,
        None => std::future::pending().await,
    }
}

/// The reason, at its deadline; without one, never.
async fn expire(ending: Option<(Disconnect, Instant)>) -> Disconnect {
    match ending {
        Some((reason, deadline)) => {
            tokio::time::sleep_until(deadline).await;
            reason
        }
        None => std::future::pending().await,
    }
}

/// How many reads in a row may find bytes after the deadline. More than a pipe or a socket can
/// hold, so only a stranger that keeps the stream open and goes on writing is cut short.
const MAX_OVERTIME: u32 = 1024;
