//! The frames that wait to be written, and who may add to them.
//!
//! One queue, in the order of pushing, so that a reply never overtakes what was queued before
//! it. What differs is the right to push: a call or notification needs room (a frame permit
//! and byte permits, awaited); a reply needs the slot of the request it answers (taken when
//! the request was read); a refusal needs one of a second, equal number of slots. Whatever the
//! right, it is held until the frame is written, so the bounds cover what is in flight too.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use crate::rpc::peer::limits::ConnectionLimits;

#[derive(Debug)]
pub(super) struct Outgoing {
    queue: Mutex<Queue>,
    pushed: Notify,
    frames: Semaphore,
    bytes: Semaphore,
    max_bytes: u32,
    max_requests: usize,
}

#[derive(Debug, Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// Requests of the peer whose reply is not written yet.
    requests: usize,
    /// Refusals that are not written yet.
    refusals: usize,
    closed: bool,
}

/// A frame that waits to be written.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) frame: Bytes,
    permit: Permit,
}

#[derive(Debug)]
enum Permit {
    Call { byte_permits: u32 },
    Reply,
    Refusal,
}

/// The right to push one call or notification; given back on drop.
#[derive(Debug)]
pub(super) struct SendPermit<'a> {
    frame: SemaphorePermit<'a>,
    bytes: SemaphorePermit<'a>,
    byte_permits: u32,
}

/// The queue takes nothing more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

/// The peer has more requests refused than it reads answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overrun;

impl Outgoing {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        let max_bytes = u32::try_from(limits.max_queued_bytes).unwrap_or(u32::MAX).max(1);
        let max_frames = limits.max_queued_frames.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            queue: Mutex::default(),
            pushed: Notify::new(),
            frames: Semaphore::new(max_frames),
            // On 16-bit targets alone would the conversion fail.
            bytes: Semaphore::new(usize::try_from(max_bytes).unwrap_or(usize::MAX)),
            max_bytes,
            max_requests: limits.max_inbound_requests.max(1),
        }
    }

    /// Waits for room for one frame. Cancel safe; first come, first served.
    pub(super) async fn room(&self, length: usize) -> Result<SendPermit<'_>, Closed> {
        let byte_permits = self.byte_permits(length);
        let bytes = self.bytes.acquire_many(byte_permits).await.map_err(|_| Closed)?;
        let frame = self.frames.acquire().await.map_err(|_| Closed)?;
        Ok(SendPermit { frame, bytes, byte_permits })
    }

    /// SendPermit for one frame if there is some right now.
    pub(super) fn try_room(&self, length: usize) -> Option<SendPermit<'_>> {
        let byte_permits = self.byte_permits(length);
        let bytes = self.bytes.try_acquire_many(byte_permits).ok()?;
        let frame = self.frames.try_acquire().ok()?;
        Some(SendPermit { frame, bytes, byte_permits })
    }

    /// Queues a call or notification.
    pub(super) fn push(&self, room: SendPermit<'_>, frame: Bytes) -> Result<(), Closed> {
        let mut queue = self.lock();
        if queue.closed {
            return Err(Closed);
        }
        let byte_permits = room.byte_permits;
        queue.entries.push_back(Entry { frame, permit: Permit::Call { byte_permits } });
        drop(queue);
        room.frame.forget();
        room.bytes.forget();
        self.pushed.notify_one();
        Ok(())
    }

    /// Takes the slot of a request that was read; false when all are taken.
    pub(super) fn take_request_slot(&self) -> bool {
        let mut queue = self.lock();
        let free = queue.requests < self.max_requests;
        if free {
            queue.requests += 1;
        }
        free
    }

    /// Queues the reply to a request that has a slot. After closing it goes nowhere.
    pub(super) fn push_reply(&self, frame: Bytes) {
        let mut queue = self.lock();
        if !queue.closed {
            queue.entries.push_back(Entry { frame, permit: Permit::Reply });
            drop(queue);
            self.pushed.notify_one();
        }
    }

    /// Queues the refusal of a request that got no slot.
    pub(super) fn push_refusal(&self, frame: Bytes) -> Result<(), Overrun> {
        let mut queue = self.lock();
        if queue.refusals >= self.max_requests {
            return Err(Overrun);
        }
        if !queue.closed {
            queue.refusals += 1;
            queue.entries.push_back(Entry { frame, permit: Permit::Refusal });
            drop(queue);
            self.pushed.notify_one();
        }
        Ok(())
    }

    /// Takes no more frames, and lets those who wait for room know.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.frames.close();
        self.bytes.close();
        self.pushed.notify_one();
    }

    /// Waits for frames and moves some to `batch`: up to `max_bytes`, at least one.
    ///
    /// False once the queue is closed and empty. For one caller only, the writer.
    pub(super) async fn next_batch(&self, max_bytes: usize, batch: &mut Vec<Entry>) -> bool {
        loop {
            {
                let mut queue = self.lock();
                let mut total = 0;
                while let Some(entry) = queue.entries.front() {
                    total += entry.frame.len();
                    if total > max_bytes && !batch.is_empty() {
                        break;
                    }
                    batch.extend(queue.entries.pop_front());
                }
                if !batch.is_empty() {
                    return true;
                }
                if queue.closed {
                    return false;
                }
            }
            // A push since then has left its permit, so this returns at once.
            self.pushed.notified().await;
        }
    }

    /// Gives back the rights of frames that were written.
    pub(super) fn written(&self, batch: &mut Vec<Entry>) {
        let (mut frames, mut bytes) = (0, 0);
        let mut queue = self.lock();
        for entry in batch.drain(..) {
            match entry.permit {
                Permit::Call { byte_permits } => {
                    frames += 1;
                    bytes += usize::try_from(byte_permits).unwrap_or(0);
                }
                Permit::Reply => queue.requests = queue.requests.saturating_sub(1),
                Permit::Refusal => queue.refusals = queue.refusals.saturating_sub(1),
            }
        }
        // Adding permits wakes callers, which is better done without the lock.
        drop(queue);
        self.frames.add_permits(frames);
        self.bytes.add_permits(bytes);
    }

    fn byte_permits(&self, length: usize) -> u32 {
        u32::try_from(length).unwrap_or(u32::MAX).min(self.max_bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Every update of the queue is one statement, so a panic leaves it whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
