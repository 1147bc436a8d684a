//! The router: what the connection's reader does with everything that comes in.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock, Weak};

use futures::FutureExt;
use serde_json::value::RawValue;

use crate::events::{CloseReason, EventDraft, SESSION_EVENT, SessionEvent};
use crate::rpc::{Disconnect, Inbound, Responder, RpcError};
use crate::session::connection::{
    ClientCore, LifecycleSender, Orphaned, Registry, RequestHandler, RuntimeRequest,
    close_reason,
};
use crate::session::core::{Ingested, SessionCore};
use crate::session::ending::{close_all, close_deleted, close_unloaded};

/// Where the reader finds the client once it exists. Weak, or the connection would keep
/// itself alive.
pub(super) type ClientCell = Arc<OnceLock<Weak<ClientCore>>>;

/// Runs on the reader. Appends events to their logs, hands requests to tasks, and waits
/// for nothing.
pub(super) struct Router {
    registry: Arc<Registry>,
    /// Set once the connection stands.
    client: ClientCell,
    lifecycle: LifecycleSender,
    requests: Option<Arc<RequestHandler>>,
    on_close: Box<dyn Fn(&CloseReason) + Send>,
    /// The session of the last event: most events come in runs.
    last: Option<Last>,
    /// Sessions that were appended to since the last wake, but for the last one.
    touched: Vec<Arc<SessionCore>>,
}

struct Last {
    id: Box<str>,
    version: u64,
    core: Arc<SessionCore>,
}

impl Router {
    pub(super) fn new(
        registry: Arc<Registry>,
        client: ClientCell,
        lifecycle: LifecycleSender,
        requests: Option<Arc<RequestHandler>>,
        on_close: impl Fn(&CloseReason) + Send + 'static,
    ) -> Self {
        Self {
            registry,
            client,
            lifecycle,
            requests,
            on_close: Box::new(on_close),
            last: None,
            touched: Vec::new(),
        }
    }

    fn event(&mut self, id: &str, event: EventDraft) {
        if self.select(id) {
            if let Some(last) = &self.last {
                self.ingest(&last.core, event);
            }
            return;
        }
        match self.registry.orphan(id, event) {
            Orphaned::Claimed(core, event) => {
                self.ingest(&core, event);
                core.log().wake();
            }
            Orphaned::Kept => {}
            Orphaned::Discarded => {
                self.registry.count_unclaimed(1);
                tracing::debug!(session = id, "event of a session that is not ours");
            }
        }
    }

    /// Makes the session `id` the last one; false if there is none.
    fn select(&mut self, id: &str) -> bool {
        let version = self.registry.version();
        if self.last.as_ref().is_some_and(|last| last.version == version && *last.id == *id) {
            return true;
        }
        if let Some(last) = self.last.take() {
            self.touched.push(last.core);
        }
        let Some(core) = self.registry.get(id) else { return false };
        self.last = Some(Last { id: id.into(), version, core });
        true
    }

    fn ingest(&self, core: &Arc<SessionCore>, event: EventDraft) {
        if let Some(problem) = event.problem() {
            tracing::warn!(session = ?core.id(), problem, "malformed event kept as it is");
        }
        match core.ingest(event) {
            Ingested::Appended => {}
            Ingested::Unloading => {
                if let Some(client) = self.client.get().and_then(Weak::upgrade) {
                    close_unloaded(&client, core);
                }
            }
            Ingested::Duplicate => {
                tracing::trace!(session = ?core.id(), "event delivered again: dropped");
            }
            Ingested::Closed => {
                self.registry.count_unclaimed(1);
                tracing::debug!(session = ?core.id(), "event after the session was closed");
            }
        }
    }
}

impl Inbound for Router {
    fn intercept(&mut self, frame: &str) -> bool {
        let Some(SessionEvent { session, event }) = SessionEvent::from_frame(frame) else {
            return false;
        };
        self.event(&session, event);
        true
    }

    fn notification(&mut self, method: &str, params: Option<&RawValue>) {
        match method {
            SESSION_EVENT => match SessionEvent::from_params(params) {
                Ok(SessionEvent { session, event }) => self.event(&session, event),
                Err(event) => {
                    self.registry.count_unclaimed(1);
                    tracing::warn!(
                        bytes = event.raw().len(),
                        "event that names no session: no log can take it"
                    );
                }
            },
            "session.lifecycle" => {
                let deleted = self.lifecycle.send(params);
                if let Some(id) = deleted {
                    close_deleted(&self.registry, &id);
                }
            }
            _ => tracing::trace!(method, "unknown notification"),
        }
    }

    fn request(&mut self, method: &str, params: Option<&RawValue>, responder: Responder) {
        let Some(handler) = &self.requests else {
            responder.error(RpcError::METHOD_NOT_FOUND, format!("Unhandled method {method}"));
            return;
        };
        let request = RuntimeRequest::new(method, params);
        let handler = Arc::clone(handler);
        tokio::spawn(async move {
            let method = request.method().to_owned();
            // The handler's own code runs inside as well, before its first await.
            let answer = AssertUnwindSafe(async move { handler(request).await });
            match answer.catch_unwind().await {
                Ok(Ok(result)) => responder.respond(&result),
                Ok(Err(error)) => responder.error(error.code, error.message),
                Err(_) => {
                    tracing::error!(method, "the handler of a request panicked");
                    responder.error(RpcError::INTERNAL_ERROR, "the handler panicked");
                }
            }
        });
    }

    fn malformed(&mut self, frame: &[u8], reason: &str) {
        self.registry.count_unreadable();
        tracing::warn!(bytes = frame.len(), reason, "malformed message from the runtime");
    }

    fn drained(&mut self) {
        if let Some(last) = &self.last {
            last.core.log().wake();
        }
        for core in self.touched.drain(..) {
            core.log().wake();
        }
    }

    fn closed(&mut self, reason: &Disconnect) {
        self.drained();
        let reason = close_reason(reason);
        close_all(&self.registry, &reason);
        self.lifecycle.close();
        (self.on_close)(&reason);
    }
}
