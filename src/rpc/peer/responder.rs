//! `Responder`: replies to one request of the peer.

use std::sync::Arc;

use serde::Serialize;

use crate::rpc::encode;
use crate::rpc::message::{RequestId, RpcError};
use crate::rpc::peer::core::PeerCore;

/// Replies to one request of the peer, with a result or an error.
///
/// Replying never waits: the reply is queued behind the frames that were queued before. A
/// responder can be moved to any task or thread. It does not keep the connection open; when
/// the connection is closed, the reply is discarded.
///
/// A reply for which there is [no room](crate::rpc::ConnectionLimits::max_inbound_bytes), because
/// the peer does not read others, is replaced by the error
/// [`TOO_MANY_REQUESTS`](RpcError::TOO_MANY_REQUESTS).
///
/// Dropping a responder replies with [`RpcError::INTERNAL_ERROR`], so that the peer does not
/// wait forever.
#[derive(Debug)]
#[must_use = "dropping a responder replies with an error"]
pub struct Responder {
    core: Arc<PeerCore>,
    id: RequestId,
    /// The length of the request.
    length: usize,
    answered: bool,
}

impl Responder {
    /// For a request of this length that has taken a request slot of the outgoing queue.
    pub(super) fn new(core: Arc<PeerCore>, id: RequestId, length: usize) -> Self {
        Self { core, id, length, answered: false }
    }

    /// The id of the request.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// Replies with a result.
    ///
    /// If the result cannot be encoded as JSON, the reply is [`RpcError::INTERNAL_ERROR`].
    pub fn respond(mut self, result: &(impl Serialize + ?Sized)) {
        match encode::result(&self.id, result) {
            Ok(frame) => self.send(frame),
            Err(error) => {
                tracing::debug!(id = ?self.id, error = ?error.to_string(), "a result could not be encoded as JSON");
                let text = "the result could not be encoded";
                self.send_error(&RpcError::new(RpcError::INTERNAL_ERROR, text));
            }
        }
    }

    /// Replies with an error that has no data.
    pub fn error(self, code: i64, message: impl Into<String>) {
        self.fail(&RpcError::new(code, message));
    }

    /// Replies with an error: its code, its message and its data.
    ///
    /// Data with an unpaired surrogate escape, which a peer cannot parse, is left out.
    pub fn fail(mut self, error: &RpcError) {
        self.send_error(error);
    }

    fn send_error(&mut self, error: &RpcError) {
        self.send(encode::error(&self.id, error));
    }

    fn send(&mut self, frame: bytes::Bytes) {
        self.answered = true;
        let outgoing = &self.core.outgoing;
        outgoing.request_done(self.length);
        if outgoing.push_reply(frame).is_err() {
            tracing::debug!(id = ?self.id, "no room for a reply: the peer does not read others");
            let message = "there was no room for the reply; read the replies before it";
            let error = RpcError::new(RpcError::TOO_MANY_REQUESTS, message);
            let refusal = encode::error(&self.id, &error);
            outgoing.push_short_reply(refusal);
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if !self.answered {
            tracing::debug!(id = ?self.id, "a request was dropped without a reply");
            let text = "the request was dropped without a reply";
            self.send_error(&RpcError::new(RpcError::INTERNAL_ERROR, text));
        }
    }
}
