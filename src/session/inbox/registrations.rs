//! `Registrations`: the handlers that a client is configured with.

use std::sync::Arc;

use crate::session::inbox::handlers::Handlers;
use crate::session::inbox::notifications::NotificationHandler;
use crate::session::inbox::requests::RequestHandler;
use crate::session::inbox::scope::{Refused, Target};

/// Handlers that are not in place yet. Clones have the same functions.
#[derive(Clone, Default)]
pub(in crate::session) struct Registrations {
    requests: Vec<(Target, RequestHandler)>,
    notifications: Vec<(Target, NotificationHandler)>,
}

impl Registrations {
    pub(in crate::session) fn requests(
        &mut self,
        target: impl Into<Target>,
        handler: RequestHandler,
    ) {
        self.requests.push((target.into(), handler));
    }

    pub(in crate::session) fn notifications(
        &mut self,
        target: impl Into<Target>,
        handler: NotificationHandler,
    ) {
        self.notifications.push((target.into(), handler));
    }

    /// Puts the handlers in place, for one connection: each with queues of its own.
    pub(super) fn handlers(self) -> Result<Arc<Handlers>, Refused> {
        let handlers = Arc::<Handlers>::default();
        for (target, handler) in self.requests {
            handlers.add_requests(target, &handler.for_another_connection())?.keep();
        }
        for (target, handler) in self.notifications {
            handlers.add_notifications(target, &handler.for_another_connection())?.keep();
        }
        Ok(handlers)
    }
}
