//! `Handlers`: the handlers of a client, or of a session.

use std::fmt;
use std::sync::Arc;

use crate::events::SESSION_EVENT;
use crate::session::inbox::contained::discard;
use crate::session::inbox::guard::HandlerGuard;
use crate::session::inbox::notifications::NotificationHandler;
use crate::session::inbox::requests::RequestHandler;
use crate::session::inbox::scope::{Refused, Scope, Target};

/// The notification by which a runtime tells of changes to any session.
pub(in crate::session) const SESSION_LIFECYCLE: &str = "session.lifecycle";

/// The handlers of one scope: requests and notifications, by method.
#[derive(Default)]
pub(in crate::session) struct Handlers {
    requests: Scope<RequestHandler>,
    notifications: Scope<NotificationHandler>,
}

impl Handlers {
    /// Adds a handler of requests.
    pub(in crate::session) fn add_requests(
        self: &Arc<Self>,
        target: impl Into<Target>,
        handler: &RequestHandler,
    ) -> Result<HandlerGuard, Refused> {
        let target = target.into();
        self.requests.add(&target, handler)?;
        let handlers = Arc::downgrade(self);
        Ok(HandlerGuard::new(move || {
            // What is removed is dropped here, behind the lock.
            drop(handlers.upgrade().map(|handlers| handlers.requests.remove(&target)));
        }))
    }

    /// Adds a handler of notifications.
    pub(in crate::session) fn add_notifications(
        self: &Arc<Self>,
        target: impl Into<Target>,
        handler: &NotificationHandler,
    ) -> Result<HandlerGuard, Refused> {
        let target = target.into();
        if let Target::Methods(names) = &target
            && let Some(name) = names.iter().find(|name| is_reserved(name))
        {
            return Err(Refused::Reserved(name.into()));
        }
        self.notifications.add(&target, handler)?;
        let handlers = Arc::downgrade(self);
        Ok(HandlerGuard::new(move || {
            drop(handlers.upgrade().map(|handlers| handlers.notifications.remove(&target)));
        }))
    }

    pub(super) fn request(&self, method: &str) -> Option<RequestHandler> {
        self.requests.find(method)
    }

    pub(super) fn notification(&self, method: &str) -> Option<NotificationHandler> {
        self.notifications.find(method)
    }

    /// Removes all handlers, because their session or connection has ended, and refuses new ones.
    /// They are dropped in a task: this may be the connection's reader.
    pub(in crate::session) fn close(&self) {
        let removed = (self.requests.close(), self.notifications.close());
        if !removed.0.is_empty() || !removed.1.is_empty() {
            discard(removed);
        }
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handlers").finish_non_exhaustive()
    }
}

/// Whether the router itself takes these notifications.
fn is_reserved(method: &str) -> bool {
    [SESSION_EVENT, SESSION_LIFECYCLE].contains(&method)
}
