//! The router: hands each event, notification and request from the runtime to where it belongs.

use std::sync::{Arc, OnceLock, Weak};

use serde_json::value::RawValue;

use crate::events::{CloseReason, EventDraft, SESSION_EVENT, SessionEvent};
use crate::ids::SessionId;
use crate::rpc::{Disconnect, Inbound, Responder};
use crate::session::connection::{
    ClientCore, LifecycleSender, LifecycleTurn, Orphaned, Registry, close_reason,
};
use crate::session::core::{Ingested, SessionCore};
use crate::session::ending::{close_all, close_deleted, close_unloaded};
use crate::session::inbox::{Inbox, RuntimeNotification, RuntimeRequest, SESSION_LIFECYCLE};

/// The client, set once it exists. Weak, because the connection owns the router: a strong
/// reference would keep the connection open for ever.
pub(super) type ClientCell = Arc<OnceLock<Weak<ClientCore>>>;

/// Runs on the connection's reader: appends events to their sessions' logs and gives requests and
/// notifications to the inbox. It never waits.
pub(super) struct Router {
    registry: Arc<Registry>,
    client: ClientCell,
    lifecycle: LifecycleSender,
    inbox: Arc<Inbox>,
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
    session: Weak<SessionCore>,
    /// The same, from its first event of a read until its readers are woken. Not longer: the log of a
    /// session that is dropped must not stay in memory until the next event comes.
    core: Option<Arc<SessionCore>>,
}

impl Router {
    pub(super) fn new(
        registry: Arc<Registry>,
        client: ClientCell,
        lifecycle: LifecycleSender,
        inbox: Arc<Inbox>,
        on_close: impl Fn(&CloseReason) + Send + 'static,
    ) -> Self {
        Self {
            registry,
            client,
            lifecycle,
            inbox,
            on_close: Box::new(on_close),
            last: None,
            unwoken: Vec::new(),
        }
    }

    fn route_event(&mut self, id: &str, event: EventDraft) {
        if self.select_session(id) {
            if let Some(core) = self.last.as_ref().and_then(|last| last.core.as_ref()) {
                self.ingest(core, event);
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
        if let Some(last) = &mut self.last
            && last.version == version
            && *last.id == *id
        {
            if last.core.is_none() {
                last.core = last.session.upgrade();
            }
            if last.core.is_some() {
                return true;
            }
        }
        self.unwoken.extend(self.last.take().and_then(|last| last.core));
        let Some(core) = self.registry.get(id) else { return false };
        let session = Arc::downgrade(&core);
        self.last = Some(LastSession { id: id.into(), version, session, core: Some(core) });
        true
    }

    /// This client's session with the id.
    fn session(&self, id: &SessionId) -> Option<Arc<SessionCore>> {
        self.registry.get(id.as_str())
    }

    fn ingest(&self, core: &Arc<SessionCore>, event: EventDraft) {
        if let Some(problem) = event.problem() {
            tracing::warn!(session = ?core.id(), ?problem, "malformed event, kept as it is");
        }
        match core.ingest(event) {
            Ingested::Appended => {}
            Ingested::AppendedUnreadable => {
                tracing::warn!(session = ?core.id(), "a change of capabilities can't be read");
            }
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
            SESSION_LIFECYCLE => match self.lifecycle.send(params) {
                Ok(Some(LifecycleTurn::Deleted(id))) => close_deleted(&self.registry, &id),
                Ok(Some(LifecycleTurn::Created(id))) => self.registry.deletions.created(&id),
                Ok(None) => {}
                Err(problem) => {
                    self.registry.count_unreadable();
                    tracing::warn!(?problem, "ignored a lifecycle notification");
                }
            },
            _ => {
                let notification = RuntimeNotification::new(method, params);
                let session = notification.session_id().and_then(|id| self.session(id));
                let handlers = session.as_deref().and_then(SessionCore::handlers);
                self.inbox.notification(handlers.as_deref(), notification);
            }
        }
    }

    fn request(&mut self, method: &str, params: Option<&RawValue>, responder: Responder) {
        if method == SESSION_EVENT {
            // Events are told, not asked: no log takes one that wants an answer.
            self.registry.count_unclaimed(1);
        }
        let request = RuntimeRequest::new(method, params);
        let session = request.session_id().and_then(|id| self.session(id));
        let handlers = session.as_deref().and_then(SessionCore::handlers);
        self.inbox.request(handlers.as_deref(), request, responder);
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

    fn unusual(&mut self, _reason: &str) {
        self.registry.count_unusual();
    }

    fn oversized(&mut self, head: &[u8], reason: &str) {
        let head = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        if let Some(id) = SessionEvent::session_in_head(head) {
            if let Some(session) = self.registry.get(id) {
                tracing::warn!(session = ?id, ?reason, "an event is missing");
                if session.log().close_reason().is_some() {
                    self.registry.count_unclaimed(1);
                }
                session.record_gap(Some(1));
                session.wake();
                return;
            }
            if self.registry.push_orphan_gap(id) {
                return;
            }
        }
        self.registry.count_unreadable();
        tracing::warn!(?reason, "ignored a message from the runtime that is too long");
    }

    fn drained(&mut self) {
        let last = self.last.as_mut().and_then(|last| last.core.take());
        for core in last.into_iter().chain(self.unwoken.drain(..)) {
            core.wake();
        }
    }

    fn closed(&mut self, reason: &Disconnect) {
        self.drained();
        let reason = close_reason(reason);
        close_all(&self.registry, &reason);
        (self.on_close)(&reason);
        // Last, so that who is refused a handler finds the reason.
        self.inbox.handlers().close();
    }
}
