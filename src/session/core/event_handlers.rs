//! The event handlers that run: how far each is, and waiting until they are done.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::events::{EventLog, Wakers};
use crate::ids::SessionId;

tokio::task_local! {
    /// The event handler that is being called, in its task or on its thread.
    static CURRENT: Arc<EventHandler>;
}

/// The event handlers of a session, or of all sessions of a client, that run.
///
/// It keeps none of them, and no log.
#[derive(Debug, Default)]
pub(in crate::session) struct EventHandlers(Mutex<Vec<Weak<EventHandler>>>);

/// An event handler that runs.
#[derive(Debug)]
pub(in crate::session) struct EventHandler {
    log: EventLog,
    /// The position up to which everything is handled.
    handled: AtomicU64,
    is_cancelled: AtomicBool,
    is_done: AtomicBool,
    /// How many endings wait within a call of it.
    endings: AtomicU32,
    changed: Wakers,
}

/// Says that an event handler is done, when its task or its thread ends.
#[derive(Debug)]
pub(in crate::session) struct HandlerRun(Arc<EventHandler>);

/// While one exists, the event handler that is being called waits for an ending that would wait for
/// it: no ending waits for that handler.
#[derive(Debug)]
pub(in crate::session) struct InsideEnding(Arc<EventHandler>);

impl EventHandlers {
    pub(in crate::session) fn add(&self, handler: &Arc<EventHandler>) {
        let mut handlers = self.lock();
        // Those that are gone: now and then, so that adding costs the same however many there are.
        if handlers.len() == handlers.capacity() {
            handlers.retain(|handler| handler.strong_count() > 0);
            let kept = handlers.len();
            handlers.reserve(kept);
        }
        handlers.push(Arc::downgrade(handler));
    }

    fn has(&self, handler: &Arc<EventHandler>) -> bool {
        self.lock().iter().any(|it| it.as_ptr() == Arc::as_ptr(handler))
    }

    /// Those that run, on logs that are closed: the others go on.
    pub(in crate::session) fn on_closed_logs(&self) -> Vec<Arc<EventHandler>> {
        let handlers: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        let is_ending = |handler: &Arc<EventHandler>| {
            !handler.is_done() && handler.log.close_reason().is_some()
        };
        handlers.into_iter().filter(is_ending).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<EventHandler>>> {
        // No change under this lock can panic halfway, so a poisoned lock's list is valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventHandler {
    /// A handler that reads the log from its beginning.
    pub(in crate::session) fn new(log: &EventLog) -> Arc<Self> {
        Arc::new(Self {
            log: log.clone(),
            handled: AtomicU64::new(0),
            is_cancelled: AtomicBool::new(false),
            is_done: AtomicBool::new(false),
            endings: AtomicU32::new(0),
            changed: Wakers::default(),
        })
    }

    pub(in crate::session) fn run(self: &Arc<Self>) -> HandlerRun {
        HandlerRun(Arc::clone(self))
    }

    pub(in crate::session) fn session_id(&self) -> Option<&SessionId> {
        self.log.session_id()
    }

    /// How many events it has not handled. 0 if it is done, or was cancelled, or waits for an
    /// ending itself: then it goes on behind that.
    pub(in crate::session) fn unhandled(&self) -> u64 {
        if self.is_settled() || self.is_cancelled() {
            return 0;
        }
        let handled = self.handled.load(Ordering::Relaxed);
        self.log.stats().published.saturating_sub(handled)
    }

    pub(in crate::session) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::SeqCst);
        self.changed.wake_all();
    }

    pub(in crate::session) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::SeqCst)
    }

    /// Waits until it is cancelled.
    pub(in crate::session) async fn cancelled(&self) {
        self.changed.until(|| self.is_cancelled().then_some(())).await;
    }

    /// Waits until it has ended.
    pub(in crate::session) async fn finished(&self) {
        self.changed.until(|| self.is_done().then_some(())).await;
    }

    /// Waits until it has ended, or waits for an ending itself: then it goes on behind that.
    pub(in crate::session) async fn settled(&self) {
        self.changed.until(|| self.is_settled().then_some(())).await;
    }

    fn is_done(&self) -> bool {
        self.is_done.load(Ordering::SeqCst)
    }

    pub(in crate::session) fn is_settled(&self) -> bool {
        self.is_done() || self.endings.load(Ordering::SeqCst) > 0
    }
}

impl HandlerRun {
    /// Runs a call of the handler.
    pub(in crate::session) async fn calling<F: Future>(&self, call: F) -> F::Output {
        CURRENT.scope(Arc::clone(&self.0), call).await
    }

    /// Runs a call of a handler that blocks.
    pub(in crate::session) fn calling_blocking<T>(&self, call: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(Arc::clone(&self.0), call)
    }

    /// Everything up to this position is handled.
    pub(in crate::session) fn handled(&self, position: u64) {
        self.0.handled.store(position, Ordering::Relaxed);
    }

    pub(in crate::session) fn handler(&self) -> &EventHandler {
        &self.0
    }
}

impl Drop for HandlerRun {
    fn drop(&mut self) {
        self.0.is_done.store(true, Ordering::SeqCst);
        self.0.changed.wake_all();
    }
}

impl InsideEnding {
    /// Begins to wait for an ending that waits for these handlers, if one of them is being called.
    pub(in crate::session) fn begin(handlers: &EventHandlers) -> Option<Self> {
        let handler = CURRENT.try_with(Arc::clone).ok()?;
        if !handlers.has(&handler) {
            return None;
        }
        handler.endings.fetch_add(1, Ordering::SeqCst);
        handler.changed.wake_all();
        Some(Self(handler))
    }
}

impl Drop for InsideEnding {
    fn drop(&mut self) {
        self.0.endings.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::events::{EventDraft, EventLogWriter};

    fn with_events(events: usize) -> (EventLogWriter, Arc<EventHandler>) {
        let mut writer = EventLogWriter::default();
        let handler = EventHandler::new(writer.log());
        for _ in 0..events {
            writer.append(EventDraft::parse(r#"{"type":"k"}"#)).unwrap();
        }
        (writer, handler)
    }

    #[test]
    fn handlers_that_are_gone_leave_the_list_and_the_others_stay() {
        let (writer, handler) = with_events(0);
        drop(writer);
        let handlers = EventHandlers::default();
        let others: Vec<_> = (0..20).map(|_| with_events(0).1).collect();
        for number in 0..1000 {
            let other = others.get(number % 50);
            handlers.add(other.unwrap_or(&with_events(0).1));
        }
        handlers.add(&handler);
        let ending = handlers.on_closed_logs();
        assert!(ending.iter().any(|it| Arc::ptr_eq(it, &handler)));
        assert_eq!(ending.len(), 20 * 20 + 1);
        assert!(handlers.lock().len() < 20 * 20 * 2 + 50);
    }

    #[test]
    fn nothing_is_unhandled_once_a_handler_is_cancelled_or_done() {
        let (_writer, handler) = with_events(3);
        assert_eq!(handler.unhandled(), 3);
        handler.run().handled(1);
        assert_eq!(handler.unhandled(), 0);
        let (_writer, handler) = with_events(3);
        let run = handler.run();
        run.handled(1);
        assert_eq!(handler.unhandled(), 2);
        handler.cancel();
        assert_eq!(handler.unhandled(), 0);
    }

    #[test]
    fn a_handler_counts_again_behind_the_ending_that_it_waited_for() {
        let (_writer, handler) = with_events(3);
        let (own, others) = <(EventHandlers, EventHandlers)>::default();
        own.add(&handler);
        let run = handler.run();
        block_on(run.calling(async {
            let inside = InsideEnding::begin(&own);
            let second = InsideEnding::begin(&own);
            assert_eq!(handler.unhandled(), 0);
            drop(second);
            assert_eq!(handler.unhandled(), 0);
            drop(inside);
            assert_eq!(handler.unhandled(), 3);
            assert!(InsideEnding::begin(&others).is_none());
        }));
        assert!(InsideEnding::begin(&own).is_none());
    }
}
