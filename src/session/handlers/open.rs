//! `OpenRequests`: which requests are being handled, and which have been.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::AbortHandle;

use crate::session::handlers::cancellation::Cancellation;

/// The requests of a session by id: a runtime may deliver one several times, in different events.
#[derive(Debug, Default)]
pub(super) struct OpenRequests {
    open: HashMap<Box<str>, Running>,
    /// The ids of those that have ended, and the same in the order of their ends.
    ended: HashSet<Box<str>>,
    order: VecDeque<Box<str>>,
}

/// A request that is being handled.
#[derive(Debug)]
struct Running {
    task: AbortHandle,
    progress: Progress,
}

/// How far a request is.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) cancellation: Cancellation,
    /// The answer is on its way: what ends the request from now on may be that answer.
    is_answering: Arc<AtomicBool>,
}

/// How many ended requests are remembered.
const MAX_ENDED: usize = 8192;
/// How many requests are handled at once. Further ones wait in the runtime's history.
const MAX_OPEN: usize = 4096;

impl Progress {
    pub(super) fn begin_answer(&self) {
        self.is_answering.store(true, Ordering::SeqCst);
    }
}

impl OpenRequests {
    /// Whether the request was delivered before.
    pub(super) fn is_known(&self, id: &str) -> bool {
        self.open.contains_key(id) || self.ended.contains(id)
    }

    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= MAX_OPEN
    }

    /// Whether there is room for many.
    pub(super) fn has_room(&self) -> bool {
        self.open.len() <= MAX_OPEN / 2
    }

    pub(super) fn begin(&mut self, id: &str, task: AbortHandle, progress: Progress) {
        self.open.insert(id.into(), Running { task, progress });
    }

    /// The handler of the request has ended.
    pub(super) fn end(&mut self, id: &str) {
        if self.open.remove(id).is_some() {
            self.remember(id);
        }
    }

    /// The request has ended, whoever answered it. Its handler is dropped, unless its answer is on the
    /// way.
    pub(super) fn cancel(&mut self, id: &str) {
        if let Some(running) = self.open.get(id) {
            if running.progress.is_answering.load(Ordering::SeqCst) {
                return;
            }
            running.task.abort();
            running.progress.cancellation.cancel();
            self.open.remove(id);
        }
        self.remember(id);
    }

    /// Nobody waits for any of them.
    pub(super) fn cancel_all(&mut self) {
        for (_, running) in self.open.drain() {
            running.task.abort();
            running.progress.cancellation.cancel();
        }
    }

    fn remember(&mut self, id: &str) {
        if !self.ended.insert(id.into()) {
            return;
        }
        self.order.push_back(id.into());
        if self.order.len() > MAX_ENDED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ended.remove(&oldest);
        }
    }
}
