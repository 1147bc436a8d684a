//! The core of a connection: the state that handles, tasks, calls and responders share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::rpc::disconnect::Disconnect;
use crate::rpc::error::CallError;
use crate::rpc::peer::limits::ConnectionLimits;
use crate::rpc::peer::pending::{OnResponse, Pending};
use crate::rpc::peer::queue::Outgoing;

#[derive(Debug)]
pub(super) struct PeerCore {
    pub(super) limits: ConnectionLimits,
    pub(super) outgoing: Outgoing,
    pub(super) pending: Pending,
    last_id: AtomicU64,
    /// Why the connection is closing; the first cause wins. `None` while it is open.
    closing: watch::Sender<Option<CloseCause>>,
    /// Why the connection closed; set by the reader as its last step.
    closed: watch::Sender<Option<Disconnect>>,
    /// Set when the writer has dropped its stream.
    flushed: watch::Sender<Option<()>>,
}

/// Why a connection is closing.
#[derive(Clone, Debug)]
pub(super) enum CloseCause {
    /// This reason is final: the reader stops at once.
    Final(Disconnect),
    /// A write failed. The reader goes on for a while: it handles what the peer sent before,
    /// and the end of the stream or the exit of the process is the better reason.
    WriteFailed(Disconnect),
}

impl PeerCore {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self {
            outgoing: Outgoing::new(&limits),
            pending: Pending::default(),
            last_id: AtomicU64::new(0),
            closing: watch::Sender::new(None),
            closed: watch::Sender::new(None),
            flushed: watch::Sender::new(None),
            limits,
        }
    }

    pub(super) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether a call has had this number.
    pub(super) fn was_issued(&self, id: u64) -> bool {
        (1..=self.last_id.load(Ordering::Relaxed)).contains(&id)
    }

    /// Begins to close the connection, unless it is closing already.
    pub(super) fn begin_close(&self, cause: CloseCause) {
        self.closing.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                *current = Some(cause);
            }
            first
        });
        self.outgoing.close();
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.borrow().is_some()
    }

    /// Waits until closing begins. Cancel safe.
    pub(super) async fn closing(&self) -> CloseCause {
        wait_for_some(&self.closing).await
    }

    /// Completes the closing: fails the pending calls and wakes those who wait for the end.
    /// Only the reader calls this, after `Inbound::closed`.
    pub(super) fn finish_close(&self, reason: &Disconnect) {
        self.pending.close(reason);
        self.closed.send_replace(Some(reason.clone()));
    }

    pub(super) fn disconnect(&self) -> Option<Disconnect> {
        self.closed.borrow().clone()
    }

    /// Waits until the connection has closed. Cancel safe.
    pub(super) async fn closed(&self) -> Disconnect {
        wait_for_some(&self.closed).await
    }

    /// Waits until the writer has ended. Cancel safe.
    pub(super) async fn flushed(&self) {
        wait_for_some(&self.flushed).await;
    }

    /// Queues a request and waits for its response.
    ///
    /// Cancel safe: there is no await between inserting the call into the table and queueing
    /// its frame, so either both happen or neither.
    pub(super) async fn exchange(
        &self,
        id: u64,
        frame: Bytes,
        on_response: Option<OnResponse>,
    ) -> Result<Box<RawValue>, CallError> {
        if let Ok(permit) = self.outgoing.reserve(frame.len()).await
            && let Some(waiter) = self.pending.insert(id, on_response)
        {
            if self.outgoing.push(permit, frame).is_err() {
                self.pending.forget(id);
            } else if let Some(outcome) = waiter.outcome().await {
                return outcome;
            }
        }
        Err(CallError::Closed(self.closed().await))
    }

    /// Queues a request if there is room now; only the callback gets the response.
    pub(super) fn try_exchange(&self, id: u64, frame: Bytes, on_response: OnResponse) -> bool {
        let Some(permit) = self.outgoing.try_reserve(frame.len()) else { return false };
        // The returned waiter is dropped at once; the callback stays in the table.
        if self.pending.insert(id, Some(on_response)).is_none() {
            return false;
        }
        let queued = self.outgoing.push(permit, frame).is_ok();
        if !queued {
            self.pending.forget(id);
        }
        queued
    }

    /// Queues a notification.
    pub(super) async fn send(&self, frame: Bytes) -> Result<(), CallError> {
        if let Ok(permit) = self.outgoing.reserve(frame.len()).await
            && self.outgoing.push(permit, frame).is_ok()
        {
            return Ok(());
        }
        Err(CallError::Closed(self.closed().await))
    }
}

/// Marks the writer as ended on drop, so also when its task panics or is aborted.
pub(super) struct WriterDone(pub(super) Arc<PeerCore>);

impl Drop for WriterDone {
    fn drop(&mut self) {
        self.0.flushed.send_replace(Some(()));
    }
}

async fn wait_for_some<T: Clone>(sender: &watch::Sender<Option<T>>) -> T {
    let mut receiver = sender.subscribe();
    loop {
        if let Some(value) = receiver.borrow_and_update().clone() {
            return value;
        }
        if receiver.changed().await.is_err() {
            // Cannot happen: this future borrows the sender.
            std::future::pending::<()>().await;
        }
    }
}
