//! Pending calls: the table of calls that wait for a response, by id.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::rpc::disconnect::Disconnect;
use crate::rpc::error::CallError;
use crate::rpc::message::RpcError;

/// The callback of `call_inline`; runs on the reader task.
pub(super) type OnResponse = Box<dyn FnOnce(Result<&RawValue, &CallError>) + Send>;

/// What a call ends with.
type Outcome = Result<Box<RawValue>, CallError>;

/// The table of calls by id. No callback runs, and none is dropped, while it is locked.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    calls: HashMap<u64, Entry>,
    closed: bool,
}

struct Entry {
    /// `None` once the caller has dropped its future; then only the callback is left.
    waiter: Option<oneshot::Sender<Outcome>>,
    on_response: Option<OnResponse>,
}

/// The caller's end of a pending call. Dropping it removes the call from the table, unless the
/// call has a callback, which then waits for the response alone.
#[derive(Debug)]
pub(super) struct Waiter<'a> {
    pending: &'a Pending,
    id: u64,
    response: oneshot::Receiver<Outcome>,
}

impl Pending {
    /// Adds a call; `None` when the table is closed.
    pub(super) fn insert(
        &self,
        id: u64,
        on_response: Option<OnResponse>,
    ) -> Option<Waiter<'_>> {
        let (sender, response) = oneshot::channel();
        let mut table = self.lock();
        if table.closed {
            drop(table);
            return None;
        }
        table.calls.insert(id, Entry { waiter: Some(sender), on_response });
        drop(table);
        Some(Waiter { pending: self, id, response })
    }

    /// Removes a call whose frame was not queued, and drops its callback.
    pub(super) fn forget(&self, id: u64) {
        let entry = self.lock().calls.remove(&id);
        drop(entry);
    }

    /// Completes a call with its response; false when no call has this id.
    pub(super) fn complete(&self, id: u64, outcome: Result<&RawValue, RpcError>) -> bool {
        let Some(entry) = self.lock().calls.remove(&id) else {
            return false;
        };
        entry.complete(outcome.map_err(CallError::Remote));
        true
    }

    /// Completes a call whose answer can't be read.
    pub(super) fn fail(&self, id: u64, error: CallError) {
        let entry = self.lock().calls.remove(&id);
        if let Some(entry) = entry {
            entry.complete(Err(error));
        }
    }

    /// Fails every caller. The callbacks stay: at most one of the responses is lost.
    pub(super) fn fail_all(&self, error: impl Fn() -> CallError) {
        let mut waiters = Vec::new();
        self.lock().calls.retain(|_, entry| {
            waiters.extend(entry.waiter.take());
            entry.on_response.is_some()
        });
        for waiter in waiters {
            answer(waiter, Err(error()));
        }
    }

    /// Fails every call, drops every callback, and closes the table.
    pub(super) fn close(&self, reason: &Disconnect) {
        let calls = {
            let mut table = self.lock();
            table.closed = true;
            std::mem::take(&mut table.calls)
        };
        for entry in calls.into_values() {
            if let Some(waiter) = entry.waiter {
                answer(waiter, Err(CallError::Closed(reason.clone())));
            }
        }
    }

    /// The number of calls in the table, including abandoned calls with a callback.
    pub(super) fn len(&self) -> usize {
        self.lock().calls.len()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Every update is one statement, so a panic cannot leave the table half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn complete(self, outcome: Result<&RawValue, CallError>) {
        if let Some(on_response) = self.on_response {
            on_response(outcome.as_ref().map(|result| *result));
        }
        if let Some(waiter) = self.waiter {
            answer(waiter, outcome.map(ToOwned::to_owned));
        }
    }
}

impl Waiter<'_> {
    /// Waits for the outcome; `None` when the call was dropped without one.
    pub(super) async fn outcome(mut self) -> Option<Result<Box<RawValue>, CallError>> {
        (&mut self.response).await.ok()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut table = self.pending.lock();
        let (removed, waiter) = match table.calls.get_mut(&self.id) {
            Some(entry) if entry.on_response.is_some() => (None, entry.waiter.take()),
            Some(_) => (table.calls.remove(&self.id), None),
            None => (None, None),
        };
        drop(table);
        // Both may wake a task, which is foreign code: never under the lock.
        drop((removed, waiter));
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Entry")
            .field("waiter", &self.waiter.is_some())
            .field("on_response", &self.on_response.is_some())
            .finish()
    }
}
/// Gives a caller its outcome. Its waker is foreign code: one that panics harms its own call only.
fn answer(waiter: oneshot::Sender<Outcome>, outcome: Outcome) {
    // Sending fails if the caller has dropped its future, and then nobody waits.
    let sent = catch_unwind(AssertUnwindSafe(|| _ = waiter.send(outcome)));
    if sent.is_err() {
        tracing::error!("the waker of a call panicked; other calls go on");
    }
}
