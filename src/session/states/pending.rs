//! `Pending`: the state of a session that has not been started, and how it takes event
//! handlers.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use crate::events::{Event, Gap};
use crate::session::config::StartRequest;
use crate::session::connection::Client;
use crate::session::core::{SessionCore, SessionView};
use crate::session::ending::UnstartedGuard;
use crate::session::handle::SessionHandle;
use crate::session::handlers::Requests;
use crate::session::states::session::{Session, State, sealed};
use crate::session::states::subscription::Handler;

/// The state of a [`Session`] that has not been started.
///
/// Nothing is sent to the runtime until the session is started, with [`Session::start`] or by
/// awaiting it. Streams that are opened and handlers that are added before get the session's
/// first event.
///
/// Dropping a pending session closes its log with
/// [`CloseReason::NeverStarted`](crate::CloseReason::NeverStarted).
pub struct Pending {
    pub(in crate::session) client: Client,
    pub(in crate::session) request: StartRequest,
    pub(in crate::session) requests: Option<Box<Requests>>,
    // Only accessed by `get_mut`: the mutex makes the session `Sync` though handlers are not.
    handlers: Mutex<Vec<Handler>>,
    unstarted: UnstartedGuard,
}

impl sealed::Sealed for Pending {}
impl State for Pending {}

impl Pending {
    pub(in crate::session) fn handlers_mut(&mut self) -> &mut Vec<Handler> {
        self.handlers.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the log open for the next state, which gets the handlers of requests.
    pub(in crate::session) fn disarm(self) -> Option<Box<Requests>> {
        self.unstarted.disarm();
        self.requests
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
        let set = &request.handlers;
        let requests = (!set.is_empty()).then(|| Box::new(Requests::new(set.clone())));
        let handlers = Mutex::default();
        let state = Pending { client, request, requests, handlers, unstarted };
        Self { view: SessionView::new(core), state }
    }

    /// The client that the session belongs to.
    pub fn client(&self) -> &Client {
        &self.state.client
    }

    /// A handle that will send and call once the session has been started; until then it reads.
    pub fn handle(&self) -> SessionHandle {
        SessionHandle::new(&self.state.client, &self.view.core)
    }

    /// Adds an event handler: a function that is called with every event, from the first one
    /// on.
    ///
    /// - **Order.** Each handler runs in a task of its own, which begins when the session is
    ///   started. It gets one event at a time, in order; the next one after its future is done.
    /// - **Slow handlers** delay nothing else. A handler that falls behind the log's bounds
    ///   misses events; a warning is logged with their number. [`on_each`](Self::on_each)
    ///   handlers get the gap itself.
    /// - **Panics** are caught and logged; the handler continues with the next event.
    /// - **End.** The task ends when the log is closed and all its events have been handled.
    ///   [`disconnect`](Session::disconnect), [`delete`](Session::delete) and
    ///   [`Client::stop`](crate::Client::stop) wait for that, for at most
    ///   [`ClientOptions::drain_timeout`](crate::ClientOptions::drain_timeout), and count what is left. A
    ///   handler may call them: they do not wait for it, and it goes on afterwards.
    ///
    /// The handler can't be removed; [`on_event`](Session::<Active>::on_event) of an active
    /// session returns a [`Subscription`](crate::session::Subscription).
    pub fn on_event<F, A>(self, handler: F) -> Self
    where
        F: FnMut(Event) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        self.with_handler(Handler::for_events(handler))
    }

    /// Like [`on_event`](Self::on_event), but the handler gets every item of the event stream:
    /// `Ok(event)`, or `Err(gap)` in place of events that it missed.
    pub fn on_each<F, A>(self, handler: F) -> Self
    where
        F: FnMut(Result<Event, Gap>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        self.with_handler(Handler::for_items(handler))
    }

    /// Like [`on_event`](Self::on_event), for a handler that blocks: it runs on a thread of its
    /// own, which is spawned when the session is started.
    pub fn on_event_blocking(self, handler: impl FnMut(Event) + Send + 'static) -> Self {
        self.with_handler(Handler::blocking(handler))
    }

    fn with_handler(mut self, handler: Handler) -> Self {
        self.state.handlers_mut().push(handler);
        self
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("method", &self.request.method).finish_non_exhaustive()
    }
}
