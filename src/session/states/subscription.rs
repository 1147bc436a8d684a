//! Event handlers: each runs in a task or on a thread of its own.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures::executor::block_on;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::task::AbortHandle;

use crate::events::{Event, EventStream, Lagged};
use crate::ids::SessionId;
use crate::session::core::SessionCore;

type Item = Result<Arc<Event>, Lagged>;

/// A handler that waits for its session to start.
pub(in crate::session) enum Handler {
    Task(Box<dyn FnMut(Item) -> BoxFuture<'static, ()> + Send>),
    Thread(Box<dyn FnMut(Arc<Event>) + Send>),
}

impl Handler {
    pub(in crate::session) fn each<F, A>(mut handler: F) -> Self
    where
        F: FnMut(Item) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Self::Task(Box::new(move |item| handler(item).boxed()))
    }

    pub(in crate::session) fn events<F, A>(mut handler: F) -> Self
    where
        F: FnMut(Arc<Event>) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Self::Task(Box::new(move |item| match item {
            Ok(event) => handler(event).boxed(),
            // `run` has logged it.
            Err(_) => std::future::ready(()).boxed(),
        }))
    }

    pub(in crate::session) fn blocking(
        handler: impl FnMut(Arc<Event>) + Send + 'static,
    ) -> Self {
        Self::Thread(Box::new(handler))
    }

    /// Begins at the first event. Ends with the session's log.
    pub(in crate::session) fn spawn(self, core: &SessionCore) -> Subscription {
        let events = core.log().events();
        let id = core.id().cloned();
        match self {
            Self::Task(handler) => {
                let task = tokio::spawn(run(id, events, handler));
                Subscription { task: Some(task.abort_handle()) }
            }
            Self::Thread(handler) => {
                std::thread::spawn(move || run_blocking(id.as_ref(), events, handler));
                Subscription { task: None }
            }
        }
    }
}

/// A handler at work, as `on_event` on an active session returns it. Dropping this changes
/// nothing: the handler goes on until the session's log has ended.
pub struct Subscription {
    task: Option<AbortHandle>,
}

impl Subscription {
    /// Ends the handler at its next await; a blocking one goes on.
    pub fn cancel(&self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

async fn run(
    id: Option<SessionId>,
    mut events: EventStream,
    mut handler: Box<dyn FnMut(Item) -> BoxFuture<'static, ()> + Send>,
) {
    while let Some(item) = events.next().await {
        let event = seen(id.as_ref(), &item);
        // A handler whose state a panic left broken is its author's concern; the events
        // are not touched by it.
        let outcome = AssertUnwindSafe(async { handler(item).await }).catch_unwind().await;
        if outcome.is_err() {
            panicked(id.as_ref(), event.as_deref());
        }
    }
}

fn run_blocking(
    id: Option<&SessionId>,
    mut events: EventStream,
    mut handler: Box<dyn FnMut(Arc<Event>) + Send>,
) {
    while let Some(item) = block_on(events.next()) {
        let Some(event) = seen(id, &item) else { continue };
        if catch_unwind(AssertUnwindSafe(|| handler(Arc::clone(&event)))).is_err() {
            panicked(id, Some(&event));
        }
    }
}

/// The item's event; what was missed instead of one is logged.
fn seen(id: Option<&SessionId>, item: &Item) -> Option<Arc<Event>> {
    match item {
        Ok(event) => Some(Arc::clone(event)),
        Err(lagged) => {
            tracing::warn!(session = ?id, missed = lagged.missed, "an event handler lags");
            None
        }
    }
}

fn panicked(id: Option<&SessionId>, event: Option<&Event>) {
    let (seq, kind) = (event.map(Event::seq), event.map(Event::kind));
    tracing::error!(session = ?id, ?seq, ?kind, "an event handler panicked; it goes on");
}
