//! Handlers of requests: each request in a task of its own, or in order.

use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::rpc::{Responder, RpcError};
use crate::session::inbox::contained::{contained, discard, drop_contained};
use crate::session::inbox::lanes::{Bounds, Lanes, Pushed};
use crate::session::inbox::order::RequestOrder;
use crate::session::inbox::request::RuntimeRequest;

type Answer = Result<Value, RpcError>;
type Call = dyn Fn(RuntimeRequest) -> BoxFuture<'static, Answer> + Send + Sync;

/// A handler of requests. Clones are the same handler.
#[derive(Clone)]
pub(in crate::session) struct RequestHandler {
    call: Arc<Call>,
    ordered: Option<Ordered>,
}

#[derive(Clone)]
struct Ordered {
    order: RequestOrder,
    lanes: Arc<Lanes<Job>>,
}

/// One request to be handled. It has no part of the lanes in which it waits: that would be a circle.
struct Job {
    call: Arc<Call>,
    request: RuntimeRequest,
    responder: Responder,
}

impl Ordered {
    fn new(order: RequestOrder) -> Self {
        let bounds = Bounds { items: order.waiting(), weight: usize::MAX };
        Self { order, lanes: Arc::new(Lanes::new(bounds)) }
    }
}

impl RequestHandler {
    /// Handles each request in a task of its own.
    pub(in crate::session) fn concurrent<F, A>(handler: F) -> Self
    where
        F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        // The call is inside the future, so that a panic before the first await is one of the
        // future too.
        let handler = Arc::new(handler);
        let call = move |request| {
            let handler = Arc::clone(&handler);
            async move { handler(request).await }.boxed()
        };
        Self { call: Arc::new(call), ordered: None }
    }

    /// Handles the requests of an order one after the other.
    pub(in crate::session) fn ordered<F, A>(order: RequestOrder, handler: F) -> Self
    where
        F: Fn(RuntimeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        Self { ordered: Some(Ordered::new(order)), ..Self::concurrent(handler) }
    }

    /// The same function with queues of its own, for another connection.
    pub(super) fn for_another_connection(&self) -> Self {
        let ordered = self.ordered.as_ref().map(|ordered| Ordered::new(ordered.order.clone()));
        Self { call: Arc::clone(&self.call), ordered }
    }

    /// Has a request handled, in a task. Runs on the connection's reader, in the order of arrival.
    pub(super) fn dispatch(self, request: RuntimeRequest, responder: Responder) {
        // The job takes the reader's share of the function, which so never is the last one here.
        let job = Job { call: self.call, request, responder };
        let Some(Ordered { order, lanes }) = self.ordered else {
            tokio::spawn(job.run());
            return;
        };
        let key = order.key(&job.request);
        match lanes.push(&key, job, 0) {
            Pushed::First(job) => {
                tokio::spawn(async move { lanes.work_off(&key, job, Job::run).await });
            }
            Pushed::Waiting => {}
            Pushed::Full(job) => job.refuse(),
        }
    }
}

impl Job {
    async fn run(self) {
        let Self { call, request, responder } = self;
        let method: Box<str> = request.method().into();
        let answer = contained(call(request)).await;
        respond(responder, &method, answer);
        // It may be the last share of a handler that was removed.
        drop_contained(call).await;
    }

    fn refuse(self) {
        tracing::debug!(method = ?self.request.method(), "refused a request: too many wait");
        let text = "too many requests wait for their turn; retry after a reply";
        self.responder.error(RpcError::TOO_MANY_REQUESTS, text);
        discard(self.call);
    }
}

fn respond(responder: Responder, method: &str, answer: Option<Answer>) {
    match answer {
        Some(Ok(result)) => responder.respond(&result),
        Some(Err(error)) => responder.fail(&error),
        None => {
            tracing::error!(
                ?method,
                "the handler of a request panicked; the runtime gets an error"
            );
            responder.error(RpcError::INTERNAL_ERROR, "the handler panicked");
        }
    }
}
