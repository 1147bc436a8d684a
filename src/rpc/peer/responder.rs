//! The obligation to answer a request.

use std::sync::Arc;

use serde::Serialize;

use crate::rpc::encode;
use crate::rpc::message::{RequestId, RpcError};
use crate::rpc::peer::core::PeerCore;

/// The obligation to answer one request of the peer.
///
/// Answering never waits: the reply is queued, behind what was queued before. A responder
/// may be moved anywhere; it does not keep the connection open, and once the connection is
/// closed an answer goes nowhere.
///
/// Dropping a responder answers with [`RpcError::INTERNAL_ERROR`], so that the peer is never left waiting.
#[derive(Debug)]
#[must_use = "dropping a responder answers with an error"]
pub struct Responder {
    core: Arc<PeerCore>,
    id: RequestId,
    answered: bool,
}

impl Responder {
    /// For a request that holds a slot of the outgoing queue.
    pub(super) fn new(core: Arc<PeerCore>, id: RequestId) -> Self {
        Self { core, id, answered: false }
    }

    /// The id of the request.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// Answers with a result.
    ///
    /// A result that cannot be sent as JSON is answered with [`RpcError::INTERNAL_ERROR`] instead.
    pub fn respond(mut self, result: &(impl Serialize + ?Sized)) {
        match encode::result(&self.id, result) {
            Ok(frame) => self.send(frame),
            Err(error) => {
                tracing::debug!(id = %self.id, %error, "a result could not be encoded");
                self.send_error(RpcError::INTERNAL_ERROR, "the result could not be encoded");
            }
        }
    }

    /// Answers with an error.
    pub fn error(mut self, code: i64, message: impl Into<String>) {
        self.send_error(code, &message.into());
    }

    fn send_error(&mut self, code: i64, message: &str) {
        self.send(encode::error(&self.id, code, message));
    }

    fn send(&mut self, frame: bytes::Bytes) {
        self.answered = true;
        self.core.outgoing.push_reply(frame);
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if !self.answered {
            tracing::debug!(id = %self.id, "a request was dropped without an answer");
            self.send_error(
                RpcError::INTERNAL_ERROR,
                "the request was dropped without an answer",
            );
        }
    }
}
