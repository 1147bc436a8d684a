//! What the handles, the two tasks, the calls and the responders of a connection share.

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
    /// Why the connection is closing; the first to say so wins.
    stop: watch::Sender<Option<Stop>>,
    /// Why the connection is closed; set by the reader as its last act.
    closed: watch::Sender<Option<Disconnect>>,
    /// Set when the writer has dropped its stream.
    flushed: watch::Sender<Option<()>>,
}

/// Why the connection is closing.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// Decided: the reader stops at once.
    Decided(Disconnect),
    /// Writing failed. If that is because the process has died, its exit is the better reason.
    WriteFailed(Disconnect),
}

impl PeerCore {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self {
            outgoing: Outgoing::new(&limits),
            pending: Pending::default(),
            last_id: AtomicU64::new(0),
            stop: watch::Sender::new(None),
            closed: watch::Sender::new(None),
            flushed: watch::Sender::new(None),
            limits,
        }
    }

    pub(super) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Begins to close, unless that has begun.
    pub(super) fn stop(&self, stop: Stop) {
        self.stop.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                *current = Some(stop);
            }
            first
        });
        self.outgoing.close();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop.borrow().is_some()
    }

    /// Waits until closing begins. Cancel safe.
    pub(super) async fn stopping(&self) -> Stop {
        wait_for_some(&self.stop).await
    }

    /// Fails the pending calls and lets everybody know. For the reader, after `Inbound::closed`.
    pub(super) fn finish(&self, reason: &Disconnect) {
        self.pending.close(reason);
        self.closed.send_replace(Some(reason.clone()));
    }

    pub(super) fn disconnect(&self) -> Option<Disconnect> {
        self.closed.borrow().clone()
    }

    /// Waits until the connection is closed. Cancel safe.
    pub(super) async fn closed(&self) -> Disconnect {
        wait_for_some(&self.closed).await
    }

    /// Waits until the writer is done. Cancel safe.
    pub(super) async fn flushed(&self) {
        wait_for_some(&self.flushed).await;
    }

    /// Queues a request and waits for its response.
    ///
    /// Between the two waits, for room and for the response, there is no other: the frame is
    /// queued and its call in the table, or neither.
    pub(super) async fn exchange(
        &self,
        id: u64,
        frame: Bytes,
        on_response: Option<OnResponse>,
    ) -> Result<Box<RawValue>, CallError> {
        if let Ok(room) = self.outgoing.room(frame.len()).await
            && let Some(waiter) = self.pending.insert(id, on_response)
        {
            if self.outgoing.push(room, frame).is_err() {
                self.pending.forget(id);
            } else if let Some(outcome) = waiter.outcome().await {
                return outcome;
            }
        }
        Err(CallError::Closed(self.closed().await))
    }

    /// Queues a request for its callback alone, if there is room now.
    pub(super) fn try_exchange(&self, id: u64, frame: Bytes, on_response: OnResponse) -> bool {
        let Some(room) = self.outgoing.try_room(frame.len()) else { return false };
        // The waiter goes at once; the callback stays.
        if self.pending.insert(id, Some(on_response)).is_none() {
            return false;
        }
        let queued = self.outgoing.push(room, frame).is_ok();
        if !queued {
            self.pending.forget(id);
        }
        queued
    }

    /// Queues a notification.
    pub(super) async fn send(&self, frame: Bytes) -> Result<(), CallError> {
        if let Ok(room) = self.outgoing.room(frame.len()).await
            && self.outgoing.push(room, frame).is_ok()
        {
            return Ok(());
        }
        Err(CallError::Closed(self.closed().await))
    }
}

/// Says that the writer is done, however it ended.
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
            // Cannot happen: the sender is borrowed for as long as this future lives.
            std::future::pending::<()>().await;
        }
    }
}
