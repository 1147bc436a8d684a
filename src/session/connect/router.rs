//! The router: hands each event, notification and request from the runtime to where it belongs.

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

/// The client, set once it exists. Weak, because the connection owns the router: a strong
/// reference would keep the connection open for ever.
pub(super) type ClientCell = Arc<OnceLock<Weak<ClientCore>>>;

/// Runs on the connection's reader: appends events to their sessions' logs and spawns a task
/// for each request. It never waits.
pub(super) struct Router {
    registry: Arc<Registry>,
    client: ClientCell,
    lifecycle: LifecycleSender,
    requests: Option<Arc<RequestHandler>>,
    on_close: Box<dyn Fn(&CloseReason) + Send>,
    /// The session of the last event, because most events follow one of the same session.
    last: Option<LastSession>,
    /// The other sessions that got events since readers were last woken.
    unwoken: Vec<Arc<SessionCore>>,
}

struct LastSession {
    id: Box<str>,
    /// The registry's version at the lookup.
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
            unwoken: Vec::new(),
        }
    }

    fn route_event(&mut self, id: &str, event: EventDraft) {
        if self.select_session(id) {
            if let Some(last) = &self.last {
                self.ingest(&last.core, event);
            }
            return;
        }
        match self.registry.push_orphan(id, event) {
            Orphaned::Registered(core, event) => {
                self.ingest(&core, event);
                core.wake();
            }
            Orphaned::Buffered => {}
            Orphaned::Dropped => {
                self.registry.count_unclaimed(1);
                tracing::debug!(session = ?id, "event of a session that is not ours");
            }
        }
    }

    /// Sets `last` to the session `id`; false if this client has no such session.
    fn select_session(&mut self, id: &str) -> bool {
        let version = self.registry.version();
        if self.last.as_ref().is_some_and(|last| last.version == version && *last.id == *id) {
            return true;
        }
        if let Some(last) = self.last.take() {
            self.unwoken.push(last.core);
        }
        let Some(core) = self.registry.get(id) else { return false };
        self.last = Some(LastSession { id: id.into(), version, core });
        true
    }

    fn ingest(&self, core: &Arc<SessionCore>, event: EventDraft) {
        if let Some(problem) = event.problem() {
            tracing::warn!(session = ?core.id(), ?problem, "malformed event, kept as it is");
        }
        match core.ingest(event) {
            Ingested::Appended => {}
            Ingested::AppendedShutdown => {
                if let Some(client) = self.client.get().and_then(Weak::upgrade) {
                    close_unloaded(&client, core);
                }
            }
            Ingested::DroppedDuplicate => {
                tracing::trace!(session = ?core.id(), "event delivered again, dropped");
            }
            Ingested::DroppedLogClosed => {
                self.registry.count_unclaimed(1);
                tracing::debug!(session = ?core.id(), "dropped an event after the session's end");
            }
        }
    }
}

impl Inbound for Router {
    fn intercept(&mut self, frame: &str) -> bool {
        let Some(SessionEvent { session, event }) = SessionEvent::from_frame(frame) else {
            return false;
        };
        self.route_event(&session, event);
        true
    }

    fn notification(&mut self, method: &str, params: Option<&RawValue>) {
        match method {
            SESSION_EVENT => match SessionEvent::from_params(params) {
                Ok(SessionEvent { session, event }) => self.route_event(&session, event),
                Err(event) => {
                    self.registry.count_unclaimed(1);
                    tracing::warn!(
                        bytes = event.raw().len(),
                        "dropped an event that names no session"
                    );
                }
            },
            "session.lifecycle" => {
                let deleted = self.lifecycle.send(params);
                if let Some(id) = deleted {
                    close_deleted(&self.registry, &id);
                }
            }
            _ => tracing::trace!(?method, "unknown notification"),
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
            // The call is inside the future, so that a panic before the first await is caught
            // too.
            let answer = AssertUnwindSafe(async move { handler(request).await });
            match answer.catch_unwind().await {
                Ok(Ok(result)) => responder.respond(&result),
                Ok(Err(error)) => responder.error(error.code, error.message),
                Err(_) => {
                    tracing::error!(
                        ?method,
                        "the request handler panicked; the runtime gets an error"
                    );
                    responder.error(RpcError::INTERNAL_ERROR, "the handler panicked");
                }
            }
        });
    }

    fn malformed(&mut self, frame: &[u8], reason: &str) {
        let event = str::from_utf8(frame).ok().and_then(SessionEvent::from_malformed_frame);
        if let Some(SessionEvent { session, event }) = event {
            self.route_event(&session, event);
            return;
        }
        self.registry.count_unreadable();
        tracing::warn!(
            bytes = frame.len(),
            ?reason,
            "ignored a malformed message from the runtime"
        );
    }

    fn drained(&mut self) {
        if let Some(last) = &self.last {
            last.core.wake();
            // It may be gone: its log must not stay in memory until the next event comes.
            if last.version != self.registry.version() {
                self.last = None;
            }
        }
        for core in self.unwoken.drain(..) {
            core.wake();
        }
    }

    fn closed(&mut self, reason: &Disconnect) {
        self.drained();
        let reason = close_reason(reason);
        close_all(&self.registry, &reason);
        (self.on_close)(&reason);
    }
}
