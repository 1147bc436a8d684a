//! The state of a session that has not been started.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use crate::events::{Event, Lagged};
use crate::ids::SessionId;
use crate::session::config::StartRequest;
use crate::session::connection::Client;
use crate::session::core::SessionCore;
use crate::session::ending::UnstartedGuard;
use crate::session::states::session::{Session, State, sealed};
use crate::session::states::subscription::Handler;

/// The state of a session that has not been started: nothing has been sent, and nothing of
/// it is registered anywhere.
pub struct Pending {
    pub(in crate::session) request: StartRequest,
    // A mutex makes the session `Sync` though handlers need not be; it is never locked.
    handlers: Mutex<Vec<Handler>>,
    /// Closes the log when the session is dropped in this state.
    unstarted: UnstartedGuard,
}

impl sealed::Sealed for Pending {}
impl State for Pending {}

impl Pending {
    pub(in crate::session) fn handlers_mut(&mut self) -> &mut Vec<Handler> {
        self.handlers.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session goes on to the next state: its log lives on.
    pub(in crate::session) fn disarm(self) {
        self.unstarted.disarm();
    }
}

impl Session<Pending> {
    pub(in crate::session) fn pending(client: Client, request: StartRequest) -> Self {
        let options = &client.core().options;
        let core = Arc::new(SessionCore::new(
            request.id.clone(),
            options.bounds,
            options.dedup_capacity,
        ));
        let unstarted = UnstartedGuard::new(Arc::clone(&core));
        Self { client, core, state: Pending { request, handlers: Mutex::default(), unstarted } }
    }

    /// The id that the session will have; `None` where the runtime chooses it.
    pub fn id(&self) -> Option<&SessionId> {
        self.core.id()
    }

    /// Calls `handler` with every event, from the first one on.
    ///
    /// The handler runs in a task of its own that begins with the start: one event at a
    /// time, in order. It holds up nothing else, and if it is slower than the log's bounds
    /// allow, the events that it misses are logged and their numbers jump;
    /// [`on_each`](Self::on_each) is told. A panic is caught and logged with the session
    /// and the event; the next event is delivered all the same. The task ends with the
    /// session's log.
    pub fn on_event<F, A>(self, handler: F) -> Self
    where
        F: FnMut(Arc<Event>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        self.handled_by(Handler::events(handler))
    }

    /// Like [`on_event`](Self::on_event), with every item of the stream: the handler is
    /// also told what it missed.
    pub fn on_each<F, A>(self, handler: F) -> Self
    where
        F: FnMut(Result<Arc<Event>, Lagged>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        self.handled_by(Handler::each(handler))
    }

    /// Like [`on_event`](Self::on_event), for a handler that blocks: it runs on a thread of
    /// its own.
    pub fn on_event_blocking(self, handler: impl FnMut(Arc<Event>) + Send + 'static) -> Self {
        self.handled_by(Handler::blocking(handler))
    }

    fn handled_by(mut self, handler: Handler) -> Self {
        self.state.handlers_mut().push(handler);
        self
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("method", &self.request.method).finish_non_exhaustive()
    }
}
