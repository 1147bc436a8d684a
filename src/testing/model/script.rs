//! The model's core: the queue of replies, the recorded requests, and which replies are held.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::testing::model::reply::Reply;
use crate::testing::model::request::ModelRequest;

type Responder = dyn Fn(&ModelRequest) -> Reply + Send + Sync;

/// The state that the handle and the connections of a model share.
#[derive(Default)]
pub(super) struct ModelCore {
    script: Mutex<Script>,
    /// The number of requests that have arrived.
    arrived: watch::Sender<usize>,
    /// Replies to this many requests, counted from the first, are not held any more.
    released: watch::Sender<usize>,
}

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    responder: Option<Arc<Responder>>,
    requests: Vec<ModelRequest>,
}

impl ModelCore {
    pub(super) fn push(&self, reply: Reply) {
        self.script().replies.push_back(reply);
    }

    pub(super) fn respond_with(&self, responder: Arc<Responder>) {
        self.script().responder = Some(responder);
    }

    pub(super) fn replies_left(&self) -> usize {
        self.script().replies.len()
    }

    pub(super) fn requests(&self) -> Vec<ModelRequest> {
        self.script().requests.clone()
    }

    pub(super) async fn wait_for_requests(&self, count: usize) -> Vec<ModelRequest> {
        // Cannot fail: the sender is in `self`.
        let _ = self.arrived.subscribe().wait_for(|arrived| *arrived >= count).await;
        self.requests()
    }

    pub(super) fn release(&self) {
        let arrived = self.script().requests.len();
        self.released.send_modify(|released| *released = arrived.max(*released));
    }

    /// Records `request` and chooses its reply. Returns the number of the request, from one,
    /// and the reply.
    pub(super) fn record(&self, request: &ModelRequest) -> (usize, Reply) {
        let (number, reply, responder) = {
            let mut script = self.script();
            script.requests.push(request.clone());
            let number = script.requests.len();
            self.arrived.send_replace(number);
            (number, script.replies.pop_front(), script.responder.clone())
        };
        // The responder runs without the lock, so that it may push replies.
        let reply = reply.unwrap_or_else(|| match responder {
            Some(respond) => respond(request),
            None => Reply::text(request.prompt()),
        });
        (number, reply)
    }

    /// Waits until the reply to the `number`th request is released.
    pub(super) async fn released(&self, number: usize) {
        // Cannot fail: the sender is in `self`.
        let _ = self.released.subscribe().wait_for(|released| *released >= number).await;
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        // Nothing that runs under the lock can panic.
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
