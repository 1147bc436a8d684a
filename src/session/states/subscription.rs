//! Event handlers (`on_event`, `on_each`, `on_event_blocking`): each runs in a task or on a
//! thread of its own.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use futures::executor::block_on;
use futures::future::{BoxFuture, Either, select};
use futures::{FutureExt, StreamExt};
use tokio::task::AbortHandle;

use crate::events::{Event, EventStream, Gap};
use crate::ids::SessionId;
use crate::session::connection::ClientCore;
use crate::session::core::{EventHandler, HandlerRun, SessionCore};

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
    pub(in crate::session) fn spawn(
        self,
        client: &ClientCore,
        core: &SessionCore,
    ) -> Subscription {
        let events = core.log().events();
        let id = core.id().cloned();
        let handler = EventHandler::new(core.log());
        core.event_handlers().add(&handler);
        client.event_handlers.add(&handler);
        let running = handler.run();
        let task = match self {
            Self::Task(function) => {
                Some(tokio::spawn(run(id, events, function, running)).abort_handle())
            }
            Self::Thread(function) => {
                let tokio = client.tokio.clone();
                std::thread::spawn(move || {
                    // The limits of calls need its clock.
                    let _entered = tokio.enter();
                    run_blocking(id.as_ref(), events, function, &running);
                });
                None
            }
        };
        Subscription { task, handler }
    }
}

/// A running event handler, from [`on_event`](crate::Session::<crate::Active>::on_event) and
/// its variants on an active session.
///
/// Dropping it does not stop the handler, which runs until the session's log has ended.
pub struct Subscription {
    task: Option<AbortHandle>,
    handler: Arc<EventHandler>,
}

impl Subscription {
    /// Stops the handler: at its next await, or, if it blocks, before the next event. Returns at once;
    /// [`finished`](Self::finished) waits.
    pub fn cancel(&self) {
        self.handler.cancel();
        if let Some(task) = &self.task {
            task.abort();
        }
    }

    /// Waits until the handler has ended: it has handled every event of a log that is closed, or was
    /// [cancelled](Self::cancel). There is no time limit. Within the handler itself it never resolves.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub fn finished(&self) -> impl Future<Output = ()> + Send + use<> {
        let handler = Arc::clone(&self.handler);
        async move { handler.finished().await }
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
    running: HandlerRun,
) {
    while let Some(item) = events.next().await {
        let event = event_or_log_gap(id.as_ref(), &item);
        let position = position(&item);
        let call = running.calling(async { handler(item).await });
        // Unwind safe as far as this crate goes: a panic can only break the handler's own
        // state.
        if AssertUnwindSafe(call).catch_unwind().await.is_err() {
            log_panic(id.as_ref(), event.as_ref());
        }
        running.handled(position);
    }
}

fn run_blocking(
    id: Option<&SessionId>,
    mut events: EventStream,
    mut handler: Box<dyn FnMut(Event) + Send>,
    running: &HandlerRun,
) {
    let mut cancelled = pin!(running.handler().cancelled());
    while !running.handler().is_cancelled() {
        let next = block_on(select(events.next(), cancelled.as_mut()));
        let Either::Left((Some(item), _)) = next else { return };
        if let Some(event) = event_or_log_gap(id, &item) {
            let call = AssertUnwindSafe(|| handler(event.clone()));
            if running.calling_blocking(|| catch_unwind(call)).is_err() {
                log_panic(id, Some(&event));
            }
        }
        running.handled(position(&item));
    }
}

/// The position up to which everything is handled with this item.
fn position(item: &Item) -> u64 {
    match item {
        Ok(event) => event.seq().get(),
        Err(gap) => gap.resume_at().get() - 1,
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
