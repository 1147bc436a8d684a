//! The dispatcher: where each message of the peer goes, and what becomes of one that can't be read.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::rpc::disconnect::{Disconnect, DisconnectKind};
use crate::rpc::encode;
use crate::rpc::error::CallError;
use crate::rpc::framing::{FrameDecoder, FrameError, Oversized};
use crate::rpc::message::{Message, RequestId, RpcError, Salvaged};
use crate::rpc::peer::core::{CloseCause, PeerCore};
use crate::rpc::peer::inbound::Inbound;
use crate::rpc::peer::responder::Responder;

/// Dispatches frames to the inbound handler and to the pending calls. Its drop reports the end
/// of the connection to both.
pub(super) struct Dispatcher<I: Inbound> {
    core: Arc<PeerCore>,
    inbound: I,
    /// How many texts between frames have been reported.
    foreign_texts: u64,
    /// `None` if the task ends before it knows the reason: its runtime was shut down.
    reason: Option<Disconnect>,
}

impl<I: Inbound> Dispatcher<I> {
    pub(super) fn new(core: Arc<PeerCore>, inbound: I) -> Self {
        Self { core, inbound, foreign_texts: 0, reason: None }
    }

    pub(super) fn core(&self) -> &Arc<PeerCore> {
        &self.core
    }

    /// Sets the reason that the drop reports.
    pub(super) fn end(&mut self, reason: Disconnect) {
        self.reason = Some(reason);
    }

    /// Handles every complete frame in the buffer.
    pub(super) fn dispatch_all(
        &mut self,
        decoder: &mut FrameDecoder,
    ) -> Result<(), Disconnect> {
        let outcome = loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    if let Err(reason) = self.dispatch(frame) {
                        break Err(reason);
                    }
                }
                Ok(None) => break Ok(()),
                Err(error @ FrameError::Oversize { limit, .. }) => {
                    if let Some(frame) = decoder.take_oversized()
                        && let Err(reason) = self.oversized(&frame, limit, error)
                    {
                        break Err(reason);
                    }
                }
                Err(error) => {
                    let detail = error.to_string();
                    break Err(Disconnect::with_detail(DisconnectKind::Protocol, detail));
                }
            }
        };
        while self.foreign_texts < decoder.foreign_texts() {
            self.foreign_texts += 1;
            self.inbound.malformed(b"", "text between frames");
        }
        self.inbound.drained();
        outcome
    }

    fn dispatch(&mut self, frame: &[u8]) -> Result<(), Disconnect> {
        // A mark of the byte order may stand before any text, and says nothing.
        let unmarked = frame.strip_prefix(b"\xef\xbb\xbf");
        let Ok(text) = str::from_utf8(unmarked.unwrap_or(frame)) else {
            return self.malformed(frame, "not UTF-8");
        };
        if unmarked.is_some() {
            self.inbound.unusual("a byte order mark before a message");
        }
        if self.inbound.intercept(text) {
            return Ok(());
        }
        match Message::parse(text) {
            Ok((message, unusual)) => {
                if let Some(unusual) = unusual {
                    tracing::debug!(length = frame.len(), reason = ?unusual, "an unusual message");
                    self.inbound.unusual(unusual);
                }
                self.message(message, frame.len())
            }
            Err(reason) => self.malformed(frame, &reason),
        }
    }

    fn message(&mut self, message: Message<'_>, length: usize) -> Result<(), Disconnect> {
        match message {
            Message::Notification { method, params } => {
                self.inbound.notification(&method, params);
            }
            Message::Request { id, method, params } => {
                if self.core.outgoing.take_request_slot(length) {
                    let responder = Responder::new(Arc::clone(&self.core), id, length);
                    self.inbound.request(&method, params, responder);
                } else {
                    tracing::debug!(?id, ?method, "refused a request: too many in flight");
                    let text = "too many requests in flight; retry after a reply";
                    self.refuse(&id, RpcError::TOO_MANY_REQUESTS, text)?;
                }
            }
            Message::Response { id, outcome } => self.response(id, outcome),
            Message::Batch(messages) => {
                for message in messages {
                    // A batch in a batch is malformed.
                    if message.get().starts_with('[') {
                        self.malformed(message.get().as_bytes(), "a batch within a batch")?;
                    } else {
                        self.dispatch(message.get().as_bytes())?;
                    }
                }
            }
            Message::UnattributedError(error) => {
                tracing::debug!(
                    code = error.code,
                    "an error response without an id: failing every pending call"
                );
                self.core.pending.fail_all(|| CallError::Unattributed(error.clone()));
            }
        }
        Ok(())
    }

    fn response(&mut self, id: Option<u64>, outcome: Result<&RawValue, RpcError>) {
        match id {
            Some(id) if self.core.pending.complete(id, outcome) => {}
            // Nobody waits for it any more.
            Some(id) if self.core.was_issued(id) => {
                tracing::trace!(id, "ignored a response that matches no pending call");
            }
            // The answer to a call of ours may still come.
            Some(_) => self.inbound.unusual("a response to a call that there never was"),
            // The parser has found that.
            None => {}
        }
    }

    /// Fails the call with this number, or every one if it can't be told which.
    fn fail(&self, call: Option<u64>, error: impl Fn() -> CallError) {
        match call {
            Some(call) if self.core.was_issued(call) => self.core.pending.fail(call, error()),
            _ => {
                tracing::debug!("an answer that names no call: failing every pending call");
                self.core.pending.fail_all(error);
            }
        }
    }

    fn malformed(&mut self, frame: &[u8], reason: &str) -> Result<(), Disconnect> {
        tracing::debug!(length = frame.len(), ?reason, "ignored a malformed frame");
        self.inbound.malformed(frame, reason);
        match Salvaged::of(frame) {
            Salvaged::Response(call) => {
                self.fail(call, || CallError::Unreadable(reason.into()));
                Ok(())
            }
            Salvaged::Request(id) => {
                let text = format!("the request can't be read: {reason}");
                self.refuse(&id, RpcError::PARSE_ERROR, text)
            }
            Salvaged::Other => Ok(()),
        }
    }

    /// A frame above the limit, which was passed over.
    fn oversized(
        &mut self,
        frame: &Oversized,
        limit: usize,
        error: FrameError,
    ) -> Result<(), Disconnect> {
        let announced = frame.announced();
        tracing::warn!(reason = ?error.to_string(), "passed over a frame");
        self.inbound.oversized(frame.head(), &error.to_string());
        match Salvaged::of_parts(frame.head(), frame.tail()) {
            Salvaged::Response(call) => {
                self.fail(call, || CallError::TooLarge { announced, limit });
                Ok(())
            }
            Salvaged::Request(id) => {
                let text = format!("a request of {announced} bytes; {limit} are the most");
                self.refuse(&id, RpcError::INVALID_REQUEST, text)
            }
            Salvaged::Other => Ok(()),
        }
    }

    /// Answers a request with an error, without a handler.
    fn refuse(
        &self,
        id: &RequestId,
        code: i64,
        text: impl Into<String>,
    ) -> Result<(), Disconnect> {
        let refusal = encode::error(id, &RpcError::new(code, text));
        self.core.outgoing.push_refusal(refusal).map_err(|_| {
            let detail = "it sends requests without reading the replies";
            Disconnect::with_detail(DisconnectKind::Protocol, detail)
        })
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
