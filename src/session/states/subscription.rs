//! Event handlers (`on_event`, `on_each`, `on_event_blocking`): each runs in a task or on a
//! thread of its own.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::executor::block_on;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::task::AbortHandle;

use crate::events::{Event, EventStream, Gap};
use crate::ids::SessionId;
use crate::session::core::SessionCore;

type Item = Result<Event, Gap>;

/// An event handler that does not run yet.
pub(in crate::session) enum Handler {
    Task(Box<dyn FnMut(Item) -> BoxFuture<'static, ()> + Send>),
    Thread(Box<dyn FnMut(Event) + Send>),
}

impl Handler {
    pub(in crate::session) fn for_items<F, A>(mut handler: F) -> Self
    where
        F: FnMut(Item) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Self::Task(Box::new(move |item| handler(item).boxed()))
    }

    pub(in crate::session) fn for_events<F, A>(mut handler: F) -> Self
    where
        F: FnMut(Event) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Self::Task(Box::new(move |item| match item {
            Ok(event) => handler(event).boxed(),
            // `run` has logged the gap.
            Err(_) => std::future::ready(()).boxed(),
        }))
    }

    pub(in crate::session) fn blocking(handler: impl FnMut(Event) + Send + 'static) -> Self {
        Self::Thread(Box::new(handler))
    }

    /// Runs the handler, from the oldest retained event until the log ends.
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

/// A running event handler, from [`on_event`](crate::Session::<crate::Active>::on_event) and
/// its variants on an active session.
///
/// Dropping it does not stop the handler, which runs until the session's log has ended.
pub struct Subscription {
    task: Option<AbortHandle>,
}

impl Subscription {
    /// Stops the handler at its next await. Does not stop a blocking handler.
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
        let event = event_or_log_gap(id.as_ref(), &item);
        // Unwind safe as far as this crate goes: a panic can only break the handler's own
        // state.
        let outcome = AssertUnwindSafe(async { handler(item).await }).catch_unwind().await;
        if outcome.is_err() {
            log_panic(id.as_ref(), event.as_ref());
        }
    }
}

fn run_blocking(
    id: Option<&SessionId>,
    mut events: EventStream,
    mut handler: Box<dyn FnMut(Event) + Send>,
) {
    while let Some(item) = block_on(events.next()) {
        let Some(event) = event_or_log_gap(id, &item) else { continue };
        if catch_unwind(AssertUnwindSafe(|| handler(event.clone()))).is_err() {
            log_panic(id, Some(&event));
        }
    }
}

/// The item's event. A gap is logged instead.
fn event_or_log_gap(id: Option<&SessionId>, item: &Item) -> Option<Event> {
    match item {
        Ok(event) => Some(event.clone()),
        Err(gap) => {
            tracing::warn!(session = ?id, missed = gap.missed(), gap = ?gap.to_string(), "an event handler missed events");
            None
        }
    }
}

fn log_panic(id: Option<&SessionId>, event: Option<&Event>) {
    let (seq, kind) = (event.map(Event::seq), event.map(Event::kind));
    tracing::error!(session = ?id, ?seq, ?kind, "an event handler panicked; it continues");
}
