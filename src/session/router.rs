//! What the connection's reader does with everything that comes in.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock, Weak};

use futures::FutureExt;
use serde_json::value::RawValue;

use crate::events::{CloseReason, EventDraft};
use crate::rpc::{Disconnect, Inbound, Responder, RpcError};
use crate::session::client::{ClientInner, Incoming, RequestHandler};
use crate::session::core::{Ingested, SessionCore};
use crate::session::frame::{SESSION_EVENT, SessionEvent};
use crate::session::lifecycle::LifecycleSender;
use crate::session::registry::{Orphaned, Registry};

/// Runs on the reader. Appends events to their logs, hands requests to tasks, and waits
/// for nothing.
pub(super) struct Router {
    registry: Arc<Registry>,
    /// Set once the connection stands; weak, or the connection would keep itself alive.
    client: Arc<OnceLock<Weak<ClientInner>>>,
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
        client: Arc<OnceLock<Weak<ClientInner>>>,
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
            Ingested::Unloading => self.close_behind(core),
            Ingested::Duplicate => {
                tracing::trace!(session = ?core.id(), "event delivered again: dropped");
            }
            Ingested::Closed => {
                self.registry.count_unclaimed(1);
                tracing::debug!(session = ?core.id(), "event after the session was closed");
            }
        }
    }

    /// The runtime unloads the session. Events may still follow its announcement, so the
    /// log is closed behind a round trip: the connection is ordered.
    fn close_behind(&self, core: &Arc<SessionCore>) {
        if core.is_ending() {
            return;
        }
        let Some(client) = self.client.get().and_then(Weak::upgrade) else { return };
        let core = Arc::clone(core);
        let registry = Arc::clone(client.registry());
        let peer = client.peer().clone();
        drop(client);
        tokio::spawn(async move {
            let _ = peer.call_raw("ping", &serde_json::json!({})).await;
            // Resumed meanwhile under the same id, it is another session's log.
            if core.log().close(CloseReason::Shutdown)
                && let Some(id) = core.id()
            {
                tracing::debug!(session = %id, "the runtime unloaded the session");
                registry.remove_if(id, &core);
            }
        });
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
                if let Some(id) = deleted
                    && let Some(core) = self.registry.remove(id.as_str())
                {
                    core.log().close(CloseReason::Deleted);
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
        let request = Incoming::new(method, params);
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
                    responder.error(-32_603, "the handler panicked");
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
        let reason = super::client::close_reason(reason);
        self.registry.close_all(&reason);
        self.lifecycle.close();
        (self.on_close)(&reason);
    }
}
