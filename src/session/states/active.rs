//! `Active`: the state of a session that the runtime has started, its handlers and calls.

use std::fmt;
use std::future::Future;
use std::path::Path;

use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::Result;
use crate::events::{Event, EventLog, Gap};
use crate::ids::SessionId;
use crate::session::connection::Client;
use crate::session::core::{Capabilities, StartInfo};
use crate::session::ending::{SessionGuard, unhandled};
use crate::session::handle::SessionHandle;
use crate::session::handlers::Requests;
use crate::session::states::closed::Closed;
use crate::session::states::session::{Session, State, sealed};
use crate::session::states::subscription::{Handler, Subscription};

/// The state of a [`Session`] that the runtime has started: messages can be sent and methods
/// called.
///
/// Dropping an active session closes its log with [`CloseReason::Dropped`](crate::CloseReason::Dropped) and sends the
/// runtime a detach request without waiting for the answer; use
/// [`disconnect`](Session::disconnect) to wait and to learn of errors. The session's history
/// stays on the disk.
pub struct Active {
    pub(in crate::session) guard: SessionGuard,
    pub(in crate::session) handle: SessionHandle,
    pub(in crate::session) info: StartInfo,
    pub(in crate::session) requests: Option<Box<Requests>>,
}

impl sealed::Sealed for Active {}
impl State for Active {}

impl Session<Active> {
    /// The session's id.
    pub fn id(&self) -> &SessionId {
        self.state.guard.id()
    }

    /// The client that the session belongs to.
    pub fn client(&self) -> &Client {
        self.state.guard.client()
    }

    /// A handle that sends, calls and reads, and does not own the session.
    pub fn handle(&self) -> SessionHandle {
        self.state.handle.clone()
    }

    /// What the runtime answered to the start, or to the last
    /// [`reconfigure`](Session::reconfigure).
    pub fn start_info(&self) -> StartInfo {
        self.state.info.clone()
    }

    /// The directory in which the runtime keeps the session's files; `None` if it named none.
    pub fn workspace_path(&self) -> Option<&Path> {
        self.state.info.workspace_path()
    }

    /// What the session can do now: what the runtime reported at the start, with the changes that it
    /// has announced since (`capabilities.changed`).
    pub fn capabilities(&self) -> Capabilities {
        self.view.core.capabilities()
    }

    /// Adds an event handler: a function that is called with every event, from the oldest that
    /// the log retains on.
    ///
    /// It runs in a task of its own, spawned at once, and ends with the session's log. Order,
    /// slow handlers and panics are as with the [handlers of a pending
    /// session](Session::on_event). Dropping the returned [`Subscription`] does not remove the
    /// handler.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn on_event<F, A>(&self, handler: F) -> Subscription
    where
        F: FnMut(Event) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Handler::for_events(handler).spawn(self.client().core(), &self.view.core)
    }

    /// Like [`on_event`](Self::on_event), but the handler gets every item of the event stream:
    /// `Ok(event)`, or `Err(gap)` in place of events that it missed.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn on_each<F, A>(&self, handler: F) -> Subscription
    where
        F: FnMut(Result<Event, Gap>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Handler::for_items(handler).spawn(self.client().core(), &self.view.core)
    }

    /// Like [`on_event`](Self::on_event), for a handler that blocks: it runs on a thread of its
    /// own. [`Subscription::cancel`] ends it before the next event.
    ///
    /// # Panics
    ///
    /// If the system can't spawn a thread.
    pub fn on_event_blocking(
        &self,
        handler: impl FnMut(Event) + Send + 'static,
    ) -> Subscription {
        Handler::blocking(handler).spawn(self.client().core(), &self.view.core)
    }

    /// Fetches the session's persisted history from the runtime, as an event log of its own; see
    /// [`SessionHandle::history`].
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub fn history(&self) -> impl Future<Output = Result<EventLog>> + Send + use<> {
        self.state.handle.history()
    }

    /// Calls a method of the runtime by its name, for this session, and decodes the result; see
    /// [`SessionHandle::call`].
    ///
    /// # Errors
    ///
    /// Those of [`SessionHandle::call`].
    ///
    /// # Cancel safety
    ///
    /// A dropped future leaves nothing behind in this process. Once the request has been
    /// queued, the runtime still carries it out: the protocol has no cancellation.
    pub fn call<R: DeserializeOwned + Send + 'static>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> BoxFuture<'static, Result<R>> {
        self.state.handle.call(method, params)
    }

    /// Like [`call`](Self::call), but returns the result's JSON text as the runtime wrote it.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> BoxFuture<'static, Result<Box<RawValue>>> {
        self.state.handle.call_raw(method, params)
    }

    /// Waits until the session has ended, for whatever reason, and returns it closed.
    ///
    /// For sessions that are ended from outside: by the runtime, another client, a handle, or with the
    /// connection. Nothing is sent, and no event handler is waited for.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the session, and ends it. To stop waiting without that, wait for
    /// [`closed`](crate::SessionView::closed).
    pub async fn ended(self) -> Session<Closed> {
        let reason = self.view.core.ended().await;
        let Self { view, state } = self;
        let id = state.guard.id().clone();
        state.guard.release(reason);
        let left = unhandled(&view.core.event_handlers());
        let unhandled = left.iter().map(|it| it.events).sum();
        Session::closed(view, id, unhandled)
    }
}

impl fmt::Debug for Active {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Active").field("id", self.guard.id()).finish_non_exhaustive()
    }
}
