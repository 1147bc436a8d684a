//! Models of the log, run under every schedule and every order of memory that loom finds.
//!
//! `cargo xtask loom` runs them, and prints for each how many schedules it went through.
//! A model is a few steps of two or three threads on the real code: [`Appender`] and [`LogCore`],
//! segments and wakers, and [`Reader`], which is all of a stream but the task's budget. Items are
//! loom's `Arc`s, so a schedule that leaks one fails too, and so does one in which a thread
//! waits for ever.
//!
//! All schedules are explored that have up to three (two threads) or two (three threads)
//! switches away from a thread that could have gone on; `LOOM_MAX_PREEMPTIONS` sets another
//! bound. Models say which mistakes they find: each of those was made in the code, and seen to
//! fail there. None was tried on `clone`.

mod bounds;
mod close;
mod commit;
mod subscribe;
mod wake;

use std::future::{Future, poll_fn};
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use loom::future::block_on;

use crate::events::identity::Identity;
use crate::events::log::LogBounds;
use crate::events::log::appender::Appender;
use crate::events::log::core::LogCore;
use crate::events::log::reader::Reader;
use crate::events::log::sync::Arc;
use crate::events::{CloseReason, Gap, Lineage, Seq};

/// How often a thread may be interrupted in one schedule: here it is in two threads,
const TWO_THREADS: usize = 3;
/// and here in three, which have about as many ways to meet with one switch less.
const THREE_THREADS: usize = 2;

/// A position, to be compared with where the item is found.
type Item = Arc<u64>;
type Log = Arc<LogCore<Item>>;
type Writer = Appender<Item>;

/// Runs `body` under every schedule, and prints how many there were.
fn model(name: &str, preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    let schedules = StdArc::new(AtomicU64::new(0));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(preemptions);
    let count = StdArc::clone(&schedules);
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        body();
    });
    // The test harness has begun a line.
    println!("\nschedules {name} {}", schedules.load(Ordering::Relaxed));
}

/// A log of these bounds, to write to and to read from.
fn log_of(bounds: LogBounds) -> (Writer, Log) {
    let writer = Appender::new(bounds, Identity::new(Lineage::new()));
    let log = Arc::clone(writer.core());
    (writer, log)
}

/// A log in which nothing is evicted and every segment has two slots.
fn roomy() -> (Writer, Log) {
    log_of(LogBounds::default().max_events(8).max_bytes(usize::MAX))
}

/// A log that keeps one item, in segments of one slot.
fn tight() -> (Writer, Log) {
    log_of(LogBounds::default().max_events(1).max_bytes(usize::MAX))
}

/// As `EventLogWriter::append_quietly`.
fn append_quietly(writer: &mut Writer, weight: usize) -> Option<u64> {
    writer.append(weight, (), |(), position| Arc::new(position)).ok()
}

/// As `EventLogWriter::append`.
fn append(writer: &mut Writer) -> Option<u64> {
    let position = append_quietly(writer, 1);
    writer.core().wakers.wake_all();
    position
}

/// As `EventLogWriter::record_gap`.
fn record_gap(writer: &mut Writer, count: u64) {
    writer.record_gap(Some(count));
    writer.core().wakers.wake_all();
}

/// As `EventLogWriter::close`.
fn close(writer: &mut Writer, reason: CloseReason) -> bool {
    let first = writer.close(reason);
    writer.core().wakers.wake_all();
    first
}

/// As `EventLog::events_from`.
fn reader_at(log: &Log, position: u64) -> Reader<Item> {
    Reader::new(Arc::clone(log), position, None)
}

/// As the stream does: what has been seen comes first.
fn poll_next(
    reader: &mut Reader<Item>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Item, Gap>>> {
    match reader.next_seen() {
        Some(item) => Poll::Ready(Some(Ok(item))),
        None => reader.poll_next(cx),
    }
}

fn next(reader: &mut Reader<Item>) -> impl Future<Output = Option<Result<Item, Gap>>> {
    poll_fn(|cx| poll_next(reader, cx))
}

/// Polls `reader` once and then does not wait.
fn poll_once(reader: &mut Reader<Item>) -> Poll<Option<Result<Item, Gap>>> {
    block_on(poll_fn(|cx| Poll::Ready(poll_next(reader, cx))))
}

/// What a reader was given, checked for order as it comes.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    /// The position that the next item must have.
    position: u64,
    delivered: u64,
    missed: u64,
}

impl Account {
    fn from(position: u64) -> Self {
        Self { position, delivered: 0, missed: 0 }
    }

    fn enter(&mut self, item: Result<Item, Gap>) {
        match item {
            Ok(item) => {
                assert_eq!(*item, self.position, "out of order");
                self.position += 1;
                self.delivered += 1;
            }
            Err(gap) => {
                assert_ne!(gap.missed(), 0);
                self.position += gap.missed();
                self.missed += gap.missed();
                assert_eq!(gap.resume_at(), Seq::at(self.position));
            }
        }
    }

    /// Reads `count` items, waiting for each.
    fn read(&mut self, reader: &mut Reader<Item>, count: u64) {
        for _ in 0..count {
            let Some(item) = block_on(next(reader)) else { panic!("the log is open") };
            self.enter(item);
        }
    }

    /// Reads on until the stream ends, which must be where the log does.
    fn read_to_end(mut self, mut reader: Reader<Item>, log: &LogCore<Item>) -> Self {
        while let Some(item) = block_on(next(&mut reader)) {
            self.enter(item);
        }
        assert!(log.closed().is_some());
        assert_eq!(self.position, log.published(), "ended early");
        self
    }
}
