//! The log: appending, fan-out, late subscription.
//!
//! `cargo bench --features testing --bench log`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

mod support;

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use copilot_sessions::events::{CloseReason, EventDraft, EventLog, LogBounds};
use futures::StreamExt;
use support::{Candidate, current_thread, frames, measure, multi_thread};
use tokio::runtime::Runtime;

fn main() {
    append();
    for (flavour, runtime) in [("ct", current_thread()), ("mt", multi_thread())] {
        for readers in [1, 8, 64, 1000] {
            fan_out(flavour, &runtime, readers);
        }
    }
    late();
}

fn roomy() -> LogBounds {
    LogBounds::new(u64::MAX, usize::MAX)
}

fn draft(number: u64) -> EventDraft {
    let frame = frames::delta(frames::SESSION, number);
    copilot_sessions::testing::read_event_frame(&frame).unwrap().1
}

/// An event that costs nothing to make: the log is what is measured.
fn small() -> EventDraft {
    EventDraft::parse(r#"{"type":"k","id":"1"}"#)
}

/// Appends in steady eviction, nobody reading, against a ring of as many.
fn append() {
    let (count, kept) = (50_000, 4096);
    let drafts = || (0..count).map(|_| small()).collect::<Vec<_>>();
    let measured = measure(
        "append",
        count,
        11,
        vec![
            Candidate::timed("ring", || {
                let drafts = drafts();
                let mut ring = VecDeque::with_capacity(4096);
                let begin = Instant::now();
                for draft in drafts {
                    if ring.len() == 4096 {
                        ring.pop_front();
                    }
                    ring.push_back(Arc::new(draft));
                }
                let time = begin.elapsed();
                black_box(ring);
                time
            }),
            Candidate::timed("log", || {
                let drafts = drafts();
                let log = EventLog::new(LogBounds::new(kept, usize::MAX));
                let begin = Instant::now();
                for draft in drafts {
                    log.append(draft).unwrap();
                }
                begin.elapsed()
            }),
        ],
    );
    measured.ratio("append_over_a_ring", "log", "ring");
}

/// `readers` tasks read everything, while bursts of 64 are published; per delivery.
fn fan_out(flavour: &str, runtime: &Runtime, readers: usize) {
    let count: u64 = match readers {
        1 => 100_000,
        8 => 30_000,
        64 => 8_000,
        _ => 1_000,
    };
    let topic = format!("fan_out_{flavour}_{readers}");
    let measured = measure(
        &topic,
        count * readers as u64,
        7,
        vec![
            Candidate::timed("floor", || floor(count, readers)),
            Candidate::timed("log", || runtime.block_on(through_log(count, readers, false))),
            Candidate::timed("log_by_ref", || {
                runtime.block_on(through_log(count, readers, true))
            }),
            Candidate::timed("async_broadcast", || {
                runtime.block_on(through_async_broadcast(count, readers))
            }),
            Candidate::timed("tokio_broadcast", || {
                runtime.block_on(through_tokio_broadcast(count, readers))
            }),
        ],
    );
    measured.ratio(&format!("{topic}_over_cloning_a_vec"), "log", "floor");
    measured.ratio(&format!("{topic}_by_ref_over_cloning_a_vec"), "log_by_ref", "floor");
    measured.ratio(&format!("{topic}_async_broadcast_over_log"), "async_broadcast", "log");
    measured.ratio(&format!("{topic}_tokio_broadcast_over_log"), "tokio_broadcast", "log");
    measured.ratio(
        &format!("{topic}_async_broadcast_over_log_by_ref"),
        "async_broadcast",
        "log_by_ref",
    );
}

/// Cloning, touching and dropping every `Arc` of a vector, once per reader.
fn floor(count: u64, readers: usize) -> Duration {
    let events: Vec<_> = (0..count).map(|_| Arc::new(small())).collect();
    let begin = Instant::now();
    for _ in 0..readers {
        for event in &events {
            black_box(Arc::clone(event).weight());
        }
    }
    begin.elapsed()
}

async fn publish(count: u64, mut publish: impl FnMut(u64)) {
    for number in 0..count {
        publish(number);
        if number % 64 == 63 {
            tokio::task::yield_now().await;
        }
    }
}

async fn through_log(count: u64, readers: usize, by_ref: bool) -> Duration {
    let log = EventLog::new(roomy());
    let mut tasks = Vec::new();
    for _ in 0..readers {
        let mut events = log.events();
        tasks.push(tokio::spawn(async move {
            let mut read = 0;
            if by_ref {
                while let Some(run) = events.next_run().await {
                    for event in run.unwrap().iter() {
                        black_box(event.raw().len());
                        read += 1;
                    }
                }
            } else {
                while let Some(event) = events.next().await {
                    black_box(event.unwrap().raw().len());
                    read += 1;
                }
            }
            read
        }));
    }
    tokio::task::yield_now().await;
    let mut drafts = (0..count).map(|_| small()).collect::<Vec<_>>().into_iter();
    let begin = Instant::now();
    publish(count, |number| {
        log.append_quietly(drafts.next().unwrap()).unwrap();
        if number % 64 == 63 {
            log.wake();
        }
    })
    .await;
    log.close(CloseReason::Disconnected);
    for task in tasks {
        assert_eq!(task.await.unwrap(), count);
    }
    begin.elapsed()
}

async fn through_async_broadcast(count: u64, readers: usize) -> Duration {
    let capacity = usize::try_from(count).unwrap();
    let (sender, receiver) = async_broadcast::broadcast(capacity);
    let mut tasks = Vec::new();
    for _ in 0..readers {
        let mut receiver = receiver.new_receiver();
        tasks.push(tokio::spawn(async move {
            let mut read = 0;
            while let Ok(event) = receiver.recv_direct().await {
                let event: Arc<EventDraft> = event;
                black_box(event.raw().len());
                read += 1;
            }
            read
        }));
    }
    drop(receiver);
    tokio::task::yield_now().await;
    let mut drafts = (0..count).map(|_| small()).collect::<Vec<_>>().into_iter();
    let begin = Instant::now();
    publish(count, |_| {
        sender.try_broadcast(Arc::new(drafts.next().unwrap())).unwrap();
    })
    .await;
    drop(sender);
    for task in tasks {
        assert_eq!(task.await.unwrap(), count);
    }
    begin.elapsed()
}

async fn through_tokio_broadcast(count: u64, readers: usize) -> Duration {
    let capacity = usize::try_from(count).unwrap();
    let (sender, receiver) = tokio::sync::broadcast::channel(capacity);
    let mut tasks = Vec::new();
    for _ in 0..readers {
        let mut receiver = sender.subscribe();
        tasks.push(tokio::spawn(async move {
            let mut read = 0;
            while let Ok(event) = receiver.recv().await {
                let event: Arc<EventDraft> = event;
                black_box(event.raw().len());
                read += 1;
            }
            read
        }));
    }
    drop(receiver);
    tokio::task::yield_now().await;
    let mut drafts = (0..count).map(|_| small()).collect::<Vec<_>>().into_iter();
    let begin = Instant::now();
    publish(count, |_| {
        sender.send(Arc::new(drafts.next().unwrap())).unwrap();
    })
    .await;
    drop(sender);
    for task in tasks {
        assert_eq!(task.await.unwrap(), count);
    }
    begin.elapsed()
}

/// A subscription to a million events that are there already.
fn late() {
    let count = 1_000_000;
    let log = EventLog::new(roomy());
    let mut floor = Vec::new();
    for number in 0..count {
        log.append(draft(number)).unwrap();
        floor.push(Arc::new(draft(number)));
    }
    let mut first = Vec::new();
    for _ in 0..1001 {
        let begin = Instant::now();
        let item = log.events().next_ready();
        first.push(begin.elapsed().as_secs_f64() * 1e6);
        assert!(item.is_some());
    }
    println!("time late/first_item_of_1m {:.2} us (median of 1001)", support::median(first));
    let measured = measure(
        "late",
        count,
        7,
        vec![
            Candidate::new("floor", || {
                for event in &floor {
                    black_box(Arc::clone(event).raw().len());
                }
            }),
            Candidate::new("log", || {
                let mut events = log.events();
                while let Some(event) = events.next_ready() {
                    black_box(event.unwrap().raw().len());
                }
            }),
        ],
    );
    measured.ratio("late_replay_of_1m_over_cloning_a_vec", "log", "floor");
}
