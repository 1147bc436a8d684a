//! The queue of outgoing frames: one bounded FIFO, with a permit per frame.
//!
//! One queue in the order of pushing, so a reply never overtakes a frame queued before it.
//! Frames differ in the permit that a push needs:
//!
//! - a call or notification needs a frame permit and byte permits, and waits for them;
//! - a reply needs the slot of its request, which was taken when the request was read, and room
//!   for its bytes, for which it does not wait;
//! - a refusal needs one of a second set of slots, of the same number.
//!
//! A permit is held until its frame is written, so the bounds include the frames in flight.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use crate::rpc::peer::limits::ConnectionLimits;

/// The queue of outgoing frames.
#[derive(Debug)]
pub(super) struct Outgoing {
    queue: Mutex<Queue>,
    /// Wakes the writer.
    pushed: Notify,
    frames: Semaphore,
    bytes: Semaphore,
    max_bytes: u32,
    inbound: Inbound,
}

#[derive(Debug, Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// Requests from the peer whose reply has not been written yet; the bytes of those without one.
    requests: Load,
    /// The bytes of replies that have not been written yet.
    reply_bytes: usize,
    /// Refusals that have not been written yet.
    refusals: Load,
    closed: bool,
}

/// What the peer may make this side keep.
#[derive(Debug)]
struct Inbound {
    max_number: usize,
    max_bytes: usize,
}

/// A number of frames and their bytes.
#[derive(Debug, Default)]
struct Load {
    number: usize,
    bytes: usize,
}

/// A queued frame and the permit that it holds.
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

/// Permits the push of one call or notification; returned to the queue on drop.
#[derive(Debug)]
pub(super) struct SendPermit<'a> {
    frame: SemaphorePermit<'a>,
    bytes: SemaphorePermit<'a>,
    byte_permits: u32,
}

/// The queue is closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

/// There is no room for the reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// All refusal slots are taken: the peer sends requests without reading the replies.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManyRefusals;

impl Outgoing {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        let max_bytes = limits.max_queued_bytes.clamp(1, Semaphore::MAX_PERMITS);
        let max_bytes = u32::try_from(max_bytes).unwrap_or(u32::MAX);
        let max_frames = limits.max_queued_frames.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            queue: Mutex::default(),
            pushed: Notify::new(),
            frames: Semaphore::new(max_frames),
            // It was a `usize` before it was cut to an `u32`.
            bytes: Semaphore::new(usize::try_from(max_bytes).unwrap_or(usize::MAX)),
            max_bytes,
            inbound: Inbound {
                max_number: limits.max_inbound_requests.max(1),
                max_bytes: limits.max_inbound_bytes,
            },
        }
    }

    /// Waits for a permit for one frame of this length, first come, first served. Cancel safe.
    pub(super) async fn reserve(&self, length: usize) -> Result<SendPermit<'_>, Closed> {
        let byte_permits = self.byte_permits(length);
        let bytes = self.bytes.acquire_many(byte_permits).await.map_err(|_| Closed)?;
        let frame = self.frames.acquire().await.map_err(|_| Closed)?;
        Ok(SendPermit { frame, bytes, byte_permits })
    }

    /// Takes a permit for one frame of this length if there is room now.
    pub(super) fn try_reserve(&self, length: usize) -> Option<SendPermit<'_>> {
        let byte_permits = self.byte_permits(length);
        let bytes = self.bytes.try_acquire_many(byte_permits).ok()?;
        let frame = self.frames.try_acquire().ok()?;
        Some(SendPermit { frame, bytes, byte_permits })
    }

    /// Queues a call or notification.
    pub(super) fn push(&self, permit: SendPermit<'_>, frame: Bytes) -> Result<(), Closed> {
        let mut queue = self.lock();
        if queue.closed {
            return Err(Closed);
        }
        let byte_permits = permit.byte_permits;
        queue.entries.push_back(Entry { frame, permit: Permit::Call { byte_permits } });
        drop(queue);
        // `written` returns the permits.
        permit.frame.forget();
        permit.bytes.forget();
        self.pushed.notify_one();
        Ok(())
    }

    /// Takes a slot for a request of this length that was read; false when all are taken.
    pub(super) fn take_request_slot(&self, length: usize) -> bool {
        let mut queue = self.lock();
        let Queue { requests, reply_bytes, .. } = &mut *queue;
        let free = requests.number < self.inbound.max_number
            && self.inbound.has_room(requests.bytes, length)
            && *reply_bytes <= self.inbound.max_bytes;
        if free {
            requests.number += 1;
            requests.bytes += length;
        }
        free
    }

    /// Gives the bytes of a request back that needs them no more, since it is being answered.
    pub(super) fn request_done(&self, length: usize) {
        let mut queue = self.lock();
        queue.requests.bytes = queue.requests.bytes.saturating_sub(length);
    }

    /// Queues the reply to a request that has a slot, if there is room for its bytes. A closed queue
    /// discards it.
    pub(super) fn push_reply(&self, frame: Bytes) -> Result<(), TooLarge> {
        let queue = self.lock();
        if !self.inbound.has_room(queue.reply_bytes, frame.len()) {
            return Err(TooLarge);
        }
        self.push_reply_locked(queue, frame);
        Ok(())
    }

    /// Queues a reply for which there always is room, since it is hardly longer than its request.
    pub(super) fn push_short_reply(&self, frame: Bytes) {
        self.push_reply_locked(self.lock(), frame);
    }

    fn push_reply_locked(&self, mut queue: MutexGuard<'_, Queue>, frame: Bytes) {
        if !queue.closed {
            queue.reply_bytes = queue.reply_bytes.saturating_add(frame.len());
            queue.entries.push_back(Entry { frame, permit: Permit::Reply });
            drop(queue);
            self.pushed.notify_one();
        }
    }

    /// Queues the refusal of a request that got no slot. A closed queue discards it.
    pub(super) fn push_refusal(&self, frame: Bytes) -> Result<(), TooManyRefusals> {
        let mut queue = self.lock();
        let Load { number, bytes } = queue.refusals;
        if number >= self.inbound.max_number || !self.inbound.has_room(bytes, frame.len()) {
            return Err(TooManyRefusals);
        }
        if !queue.closed {
            queue.refusals.number += 1;
            queue.refusals.bytes += frame.len();
            queue.entries.push_back(Entry { frame, permit: Permit::Refusal });
            drop(queue);
            self.pushed.notify_one();
        }
        Ok(())
    }

    /// Closes the queue: later pushes fail, callers that wait for room fail, and the writer
    /// gets the frames that are left.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.frames.close();
        self.bytes.close();
        self.pushed.notify_one();
    }

    /// Waits for frames and moves some to `batch`: at least one, and at most `max_bytes` unless
    /// the first is longer.
    ///
    /// Returns false once the queue is closed and empty. Only the writer calls it.
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
            // `Notify` keeps a permit for a push since the check, so none is missed.
            self.pushed.notified().await;
        }
    }

    /// Returns the permits of frames that were written.
    pub(super) fn written(&self, batch: &mut Vec<Entry>) {
        let (mut frames, mut bytes) = (0, 0);
        let mut queue = self.lock();
        for entry in batch.drain(..) {
            match entry.permit {
                Permit::Call { byte_permits } => {
                    frames += 1;
                    bytes += usize::try_from(byte_permits).unwrap_or(0);
                }
                Permit::Reply => {
                    queue.requests.number = queue.requests.number.saturating_sub(1);
                    queue.reply_bytes = queue.reply_bytes.saturating_sub(entry.frame.len());
                }
                Permit::Refusal => {
                    queue.refusals.number = queue.refusals.number.saturating_sub(1);
                    queue.refusals.bytes =
                        queue.refusals.bytes.saturating_sub(entry.frame.len());
                }
            }
        }
        // Adding permits wakes callers, so not under the lock.
        drop(queue);
        self.frames.add_permits(frames);
        self.bytes.add_permits(bytes);
    }

    fn byte_permits(&self, length: usize) -> u32 {
        u32::try_from(length).unwrap_or(u32::MAX).min(self.max_bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // No update can panic halfway, so a poisoned queue is still consistent.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inbound {
    /// Whether a frame of this length has room beside others of so many bytes. Alone, any has.
    fn has_room(&self, bytes: usize, length: usize) -> bool {
        bytes == 0 || bytes.saturating_add(length) <= self.max_bytes
    }
}

#[cfg(test)]
mod tests;
