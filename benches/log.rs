//! The log: appending to it, and subscribing when it is full.
//!
//! `cargo bench --features testing --bench log`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

mod support;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use copilot_sessions::events::{EventDraft, EventLogWriter, LogBounds};

use self::support::{Candidate, frames, measure, wanted};

fn main() {
    if wanted("append") {
        append();
    }
    if wanted("late") {
        late();
    }
}

fn roomy() -> LogBounds {
    LogBounds::default().max_events(u64::MAX).max_bytes(usize::MAX)
}

fn draft(number: u64) -> EventDraft {
    let frame = frames::delta(frames::SESSION, number);
    copilot_sessions::internals::read_event_frame(&frame).unwrap().1
}

/// Appends in steady eviction, nobody reading, against a ring of as many. The events are
/// made before: the log is what is measured.
fn append() {
    let (count, kept) = (50_000, 4096);
    let drafts = || (0..count).map(|_| support::small()).collect::<Vec<_>>();
    let measured = measure(
        "append",
        count,
        11,
        vec![
            Candidate::timed("ring", || {
                let events: Vec<_> = drafts().into_iter().map(support::event).collect();
                let mut ring = VecDeque::with_capacity(4096);
                let begin = Instant::now();
                for event in events {
                    if ring.len() == 4096 {
                        ring.pop_front();
                    }
                    ring.push_back(event);
                }
                let time = begin.elapsed();
                black_box(ring);
                time
            }),
            Candidate::timed("log", || {
                let drafts = drafts();
                let mut writer = EventLogWriter::new(
                    LogBounds::default().max_events(kept).max_bytes(usize::MAX),
                );
                let _log = writer.log().clone();
                let begin = Instant::now();
                for draft in drafts {
                    writer.append(draft).unwrap();
                }
                begin.elapsed()
            }),
        ],
    );
    measured.ratio("append_over_a_ring", "log", "ring");
}

/// A subscription to a million events that are there already.
fn late() {
    let count = 1_000_000;
    let mut writer = EventLogWriter::new(roomy());
    let log = writer.log().clone();
    let mut floor = Vec::new();
    for number in 0..count {
        writer.append(draft(number)).unwrap();
        floor.push(support::event(draft(number)));
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
                    black_box(event.clone().raw().len());
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
    beside_a_replay(&mut writer);
}

/// Appends to the same log, while nobody reads and while a late reader replays it all.
fn beside_a_replay(writer: &mut EventLogWriter) {
    let count = 20_000;
    let log = writer.log().clone();
    let writer = RefCell::new(writer);
    let append = || {
        let mut writer = writer.borrow_mut();
        let drafts: Vec<_> = (0..count).map(|_| support::small()).collect();
        let begin = Instant::now();
        for draft in drafts {
            writer.append(draft).unwrap();
        }
        begin.elapsed()
    };
    let measured = measure(
        "late_append",
        count,
        11,
        vec![
            Candidate::timed("alone", append),
            Candidate::timed("beside_a_replay", || {
                let (replaying, done) = (Barrier::new(2), AtomicBool::new(false));
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        replaying.wait();
                        let mut events = log.events();
                        while !done.load(Ordering::Relaxed) {
                            if events.next_ready().is_none() {
                                events = log.events();
                            }
                        }
                    });
                    replaying.wait();
                    let time = append();
                    done.store(true, Ordering::Relaxed);
                    time
                })
            }),
        ],
    );
    measured.ratio("late_append_beside_a_replay_over_alone", "beside_a_replay", "alone");
}
