//! A session that has not been started.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::sync::{Arc, Mutex, PoisonError};

use crate::events::{CloseReason, Event, Lagged};
use crate::session::SessionId;
use crate::session::client::Client;
use crate::session::config::Plan;
use crate::session::core::SessionCore;
use crate::session::start::Start;
use crate::session::state::Session;
use crate::session::subscriber::Handler;

/// The state of a session that has not been started: nothing has been sent, and nothing of
/// it is registered anywhere.
pub struct Pending {
    pub(super) plan: Plan,
    // A mutex makes the session `Sync` though handlers need not be; it is never locked.
    handlers: Mutex<Vec<Handler>>,
    /// Closes the log when the session is dropped in this state.
    unstarted: Unstarted,
}

struct Unstarted(Option<Arc<SessionCore>>);

impl Drop for Unstarted {
    fn drop(&mut self) {
        if let Some(core) = &self.0 {
            core.log().close(CloseReason::NeverStarted);
        }
    }
}

impl Pending {
    pub(super) fn handlers_mut(&mut self) -> &mut Vec<Handler> {
        self.handlers.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session goes on to the next state: its log lives on.
    pub(super) fn disarm(mut self) {
        self.unstarted.0 = None;
    }
}

impl Session<Pending> {
    pub(super) fn pending(client: Client, plan: Plan) -> Self {
        let options = client.inner().options();
        let core =
            Arc::new(SessionCore::new(plan.id.clone(), options.bounds, options.seen_ids));
        let unstarted = Unstarted(Some(Arc::clone(&core)));
        Self { client, core, state: Pending { plan, handlers: Mutex::default(), unstarted } }
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

    /// Registers the session and asks the runtime to create or resume it. Awaiting the
    /// session does the same.
    ///
    /// The session can receive events before the request is sent. It becomes active with
    /// the runtime's answer; a cloud session at its `session.start`.
    ///
    /// # Errors
    ///
    /// A [`StartError`](super::StartError) gives the session back, ready for another try;
    /// see there for what can go wrong.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes the registration back and, should the runtime have
    /// started the session, or do so still, detaches it there. To keep the pending session
    /// for another try, end the attempt with [`Start::cancel`].
    ///
    /// # Panics
    ///
    /// When polled outside of a tokio runtime, or if the system has no thread for a
    /// blocking handler.
    pub fn start(self) -> Start {
        Start::new(self)
    }
}

impl IntoFuture for Session<Pending> {
    type Output = <Start as Future>::Output;
    type IntoFuture = Start;

    fn into_future(self) -> Start {
        self.start()
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("method", &self.plan.method).finish_non_exhaustive()
    }
}
