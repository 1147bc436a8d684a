//! `Inbox`: finds the handler of each request and notification of a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::rpc::{Responder, RpcError};
use crate::session::inbox::handlers::Handlers;
use crate::session::inbox::notification::RuntimeNotification;
use crate::session::inbox::registrations::Registrations;
use crate::session::inbox::request::RuntimeRequest;
use crate::session::inbox::scope::Refused;

/// The handlers of a connection, and how many notifications reached none.
///
/// A handler of the session that the message names comes first, then the connection's handler for
/// the method, then its fallback.
#[derive(Debug)]
pub(in crate::session) struct Inbox {
    handlers: Arc<Handlers>,
    /// Notifications for which a handler had no room.
    dropped: AtomicU64,
    /// Notifications without a handler.
    unhandled: AtomicU64,
}

impl Inbox {
    pub(in crate::session) fn new(configured: Registrations) -> Result<Self, Refused> {
        Ok(Self {
            handlers: configured.handlers()?,
            dropped: AtomicU64::new(0),
            unhandled: AtomicU64::new(0),
        })
    }

    /// The connection's own handlers.
    pub(in crate::session) fn handlers(&self) -> &Arc<Handlers> {
        &self.handlers
    }

    /// Has a request handled, or answers that there is no such method. `session` has the handlers of
    /// the session that it names. Runs on the connection's reader, and never waits.
    pub(in crate::session) fn request(
        &self,
        session: Option<&Handlers>,
        request: RuntimeRequest,
        responder: Responder,
    ) {
        let method = request.method();
        let handler = session
            .and_then(|handlers| handlers.request(method))
            .or_else(|| self.handlers.request(method));
        if let Some(handler) = handler {
            handler.dispatch(request, responder);
        } else {
            tracing::debug!(?method, "a request without a handler");
            let text = format!("Unhandled method {method}");
            responder.error(RpcError::METHOD_NOT_FOUND, text);
        }
    }

    /// Has a notification handled, or counts it. As [`request`](Self::request).
    pub(in crate::session) fn notification(
        &self,
        session: Option<&Handlers>,
        notification: RuntimeNotification,
    ) {
        let method = notification.method();
        let handler = session
            .and_then(|handlers| handlers.notification(method))
            .or_else(|| self.handlers.notification(method));
        let Some(handler) = handler else {
            tracing::debug!(?method, "a notification without a handler");
            self.unhandled.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let method: Box<str> = method.into();
        if !handler.dispatch(notification) {
            tracing::debug!(?method, "dropped a notification: its handler is too far behind");
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(in crate::session) fn dropped_notifications(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(in crate::session) fn unhandled_notifications(&self) -> u64 {
        self.unhandled.load(Ordering::Relaxed)
    }
}
