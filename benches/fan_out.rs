//! One log, many readers: what an item costs each, and what waking them costs.
//!
//! `cargo bench --features testing --bench fan_out`, or of it alone what a name contains:
//! `cargo bench --features testing --bench fan_out -- ct_64`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

mod support;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use copilot_sessions::events::{
    CloseReason, Event, EventDraft, EventLogWriter, EventStream, LogBounds,
};
use futures::StreamExt;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use self::support::{Candidate, current_thread, event, measure, multi_thread, small, wanted};

fn main() {
    for (flavour, runtime) in [("ct", current_thread()), ("mt", multi_thread())] {
        for readers in [1, 8, 64, 1000] {
            let topic = format!("fan_out_{flavour}_{readers}");
            if wanted(&topic) {
                fan_out(&topic, &runtime, readers);
            }
        }
        let topic = format!("wake_{flavour}_1000");
        if wanted(&topic) {
            wake(&topic, &runtime, 1000);
        }
    }
}

/// How many events are published at once.
const BURST: u64 = 64;

/// `readers` tasks read everything, while bursts are published; per delivery.
fn fan_out(topic: &str, runtime: &Runtime, readers: usize) {
    let count: u64 = match readers {
        1 => 100_000,
        8 => 30_000,
        64 => 8_000,
        _ => 1_000,
    };
    let measured = measure(
        topic,
        count * readers as u64,
        7,
        vec![
            Candidate::timed("floor", || floor(count, readers)),
            Candidate::timed("log", || run::<Log>(runtime, count, readers)),
            Candidate::timed("log_by_ref", || run::<LogByRef>(runtime, count, readers)),
            Candidate::timed("async_broadcast", || {
                run::<AsyncBroadcast>(runtime, count, readers)
            }),
            Candidate::timed("tokio_broadcast", || {
                run::<TokioBroadcast>(runtime, count, readers)
            }),
        ],
    );
    measured.ratio(&format!("{topic}_over_cloning_a_vec"), "log", "floor");
    measured.ratio(&format!("{topic}_by_ref_over_cloning_a_vec"), "log_by_ref", "floor");
    for other in ["async_broadcast", "tokio_broadcast"] {
        measured.ratio(&format!("{topic}_{other}_over_log"), other, "log");
        measured.ratio(&format!("{topic}_{other}_over_log_by_ref"), other, "log_by_ref");
    }
}

/// Each event is published when all readers sleep: per reader that wakes and reads it.
fn wake(topic: &str, runtime: &Runtime, readers: usize) {
    let count = 200;
    let measured = measure(
        topic,
        count * readers as u64,
        7,
        vec![
            Candidate::timed("log", || wakes::<Log>(runtime, count, readers)),
            Candidate::timed("async_broadcast", || {
                wakes::<AsyncBroadcast>(runtime, count, readers)
            }),
            Candidate::timed("tokio_broadcast", || {
                wakes::<TokioBroadcast>(runtime, count, readers)
            }),
        ],
    );
    for other in ["async_broadcast", "tokio_broadcast"] {
        measured.ratio(&format!("{topic}_{other}_over_log"), other, "log");
    }
}

/// Cloning, touching and dropping every `Arc` of a vector, once per reader.
fn floor(count: u64, readers: usize) -> Duration {
    let events: Vec<_> = (0..count).map(|_| event(small())).collect();
    let begin = Instant::now();
    for _ in 0..readers {
        for event in &events {
            black_box(event.clone().raw().len());
        }
    }
    begin.elapsed()
}

/// Something that takes events and hands them to all of its readers.
trait Channel {
    /// An event that is ready to be published.
    type Item;
    type Reader: Send + 'static;

    fn new(capacity: usize) -> Self;
    /// Makes an event that lives as long as the channel: freeing it is not measured, for
    /// the log keeps what it is given, and the others do not.
    fn item(&mut self, draft: EventDraft) -> Self::Item;
    fn reader(&mut self) -> Self::Reader;
    /// Waits for the next event, or run of events, and touches each; how many they were,
    /// or `None` at the end.
    fn next(reader: &mut Self::Reader) -> impl Future<Output = Option<u64>> + Send;
    fn publish(&mut self, event: Self::Item);
    /// After each burst.
    fn flush(&self) {}
    fn close(&mut self);
}

/// Bursts, with as many readers, from the first publish to the last read.
fn run<C: Channel>(runtime: &Runtime, count: u64, readers: usize) -> Duration {
    runtime.block_on(async {
        let mut channel = C::new(usize::try_from(count).unwrap());
        let tasks: Vec<JoinHandle<u64>> = (0..readers)
            .map(|_| {
                let mut reader = channel.reader();
                tokio::spawn(async move {
                    let mut read = 0;
                    while let Some(events) = C::next(&mut reader).await {
                        read += events;
                    }
                    read
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let events: Vec<_> = (0..count).map(|_| channel.item(small())).collect();
        let begin = Instant::now();
        for (number, event) in (1..).zip(events) {
            channel.publish(event);
            if number % BURST == 0 {
                channel.flush();
                tokio::task::yield_now().await;
            }
        }
        channel.close();
        for task in tasks {
            assert_eq!(task.await.unwrap(), count);
        }
        begin.elapsed()
    })
}

/// One event at a time, the next when all have read it and wait again.
fn wakes<C: Channel>(runtime: &Runtime, count: u64, readers: usize) -> Duration {
    runtime.block_on(async {
        let mut channel = C::new(usize::try_from(count).unwrap());
        let read = Arc::new(AtomicU64::new(0));
        for _ in 0..readers {
            let (mut reader, read) = (channel.reader(), Arc::clone(&read));
            tokio::spawn(async move {
                while let Some(events) = C::next(&mut reader).await {
                    read.fetch_add(events, Ordering::Relaxed);
                }
            });
        }
        tokio::task::yield_now().await;
        let events: Vec<_> = (0..count).map(|_| channel.item(small())).collect();
        let begin = Instant::now();
        for (number, event) in (1..).zip(events) {
            channel.publish(event);
            channel.flush();
            while read.load(Ordering::Relaxed) < number * readers as u64 {
                tokio::task::yield_now().await;
            }
        }
        begin.elapsed()
    })
}

struct Log(EventLogWriter);

impl Channel for Log {
    type Item = EventDraft;
    type Reader = EventStream;

    fn item(&mut self, draft: EventDraft) -> EventDraft {
        draft
    }

    fn new(_capacity: usize) -> Self {
        Self(EventLogWriter::new(
            LogBounds::default().max_events(u64::MAX).max_bytes(usize::MAX),
        ))
    }

    fn reader(&mut self) -> EventStream {
        self.0.log().events()
    }

    async fn next(events: &mut EventStream) -> Option<u64> {
        let event = events.next().await?;
        black_box(event.unwrap().raw().len());
        Some(1)
    }

    fn publish(&mut self, event: EventDraft) {
        self.0.append_quietly(event).unwrap();
    }

    fn flush(&self) {
        self.0.wake();
    }

    fn close(&mut self) {
        self.0.close(CloseReason::Disconnected);
    }
}

/// The same log, read in runs.
struct LogByRef(Log);

impl Channel for LogByRef {
    type Item = EventDraft;
    type Reader = EventStream;

    fn item(&mut self, draft: EventDraft) -> EventDraft {
        draft
    }

    fn new(capacity: usize) -> Self {
        Self(Log::new(capacity))
    }

    fn reader(&mut self) -> EventStream {
        self.0.reader()
    }

    async fn next(events: &mut EventStream) -> Option<u64> {
        let run = events.next_batch().await?.unwrap();
        for event in run.iter() {
            black_box(event.raw().len());
        }
        Some(run.len() as u64)
    }

    fn publish(&mut self, event: EventDraft) {
        self.0.publish(event);
    }

    fn flush(&self) {
        self.0.flush();
    }

    fn close(&mut self) {
        self.0.close();
    }
}

struct AsyncBroadcast {
    sender: async_broadcast::Sender<Event>,
    receiver: async_broadcast::InactiveReceiver<Event>,
    kept: Vec<Event>,
}

impl Channel for AsyncBroadcast {
    type Item = Event;
    type Reader = async_broadcast::Receiver<Event>;

    fn new(capacity: usize) -> Self {
        let (sender, receiver) = async_broadcast::broadcast(capacity);
        Self { sender, receiver: receiver.deactivate(), kept: Vec::new() }
    }

    fn item(&mut self, draft: EventDraft) -> Event {
        let event = event(draft);
        self.kept.push(event.clone());
        event
    }

    fn reader(&mut self) -> Self::Reader {
        self.receiver.activate_cloned()
    }

    async fn next(receiver: &mut Self::Reader) -> Option<u64> {
        let event = receiver.recv_direct().await.ok()?;
        black_box(event.raw().len());
        Some(1)
    }

    fn publish(&mut self, event: Event) {
        self.sender.try_broadcast(event).unwrap();
    }

    fn close(&mut self) {
        self.sender.close();
    }
}

struct TokioBroadcast {
    /// Dropped to close.
    sender: Option<tokio::sync::broadcast::Sender<Event>>,
    kept: Vec<Event>,
}

impl TokioBroadcast {
    fn sender(&self) -> &tokio::sync::broadcast::Sender<Event> {
        self.sender.as_ref().unwrap()
    }
}

impl Channel for TokioBroadcast {
    type Item = Event;
    type Reader = tokio::sync::broadcast::Receiver<Event>;

    fn new(capacity: usize) -> Self {
        Self { sender: Some(tokio::sync::broadcast::Sender::new(capacity)), kept: Vec::new() }
    }

    fn item(&mut self, draft: EventDraft) -> Event {
        let event = event(draft);
        self.kept.push(event.clone());
        event
    }

    fn reader(&mut self) -> Self::Reader {
        self.sender().subscribe()
    }

    async fn next(receiver: &mut Self::Reader) -> Option<u64> {
        let event = receiver.recv().await.ok()?;
        black_box(event.raw().len());
        Some(1)
    }

    fn publish(&mut self, event: Event) {
        self.sender().send(event).unwrap();
    }

    fn close(&mut self) {
        self.sender = None;
    }
}
