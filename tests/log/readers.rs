//! Streams, runs, cursors and snapshots.

use std::sync::Arc;
use std::task::Poll;

use copilot_sessions::events::{
    CloseReason, Cursor, Event, EventLog, EventLogWriter, EventStream, Gap, LogBounds, Seq,
};
use futures::{FutureExt, StreamExt, TryStreamExt};

use crate::{account, append, draft, ready};

#[test]
fn early_late_and_live_readers_see_the_same_events() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    let mut early = log.events();
    append(&mut writer, 1..=700);
    let mut late = log.events();
    let mut live = log.events_from(log.end());
    append(&mut writer, 701..=1000);
    let expected: Vec<u64> = (1..=1000).collect();
    assert_eq!(account(&ready(&mut early), 1000), expected);
    assert_eq!(account(&ready(&mut late), 1000), expected);
    let live: Vec<u64> = ready(&mut live).into_iter().map(|e| e.unwrap().seq().get()).collect();
    assert_eq!(live, (701..=1000).collect::<Vec<_>>());
}

#[test]
fn all_readers_share_one_event() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=1);
    let first = log.events().next_ready().unwrap().unwrap();
    let second = log.events().next_ready().unwrap().unwrap();
    assert!(std::ptr::eq(first.raw(), second.raw()));
}

#[test]
fn streams_end_after_the_last_event_with_the_first_reason() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=3);
    let waiting = log.events();
    assert!(writer.close(CloseReason::Deleted));
    assert!(!writer.close(CloseReason::Disconnected));
    for stream in [waiting, log.events()] {
        assert_eq!(stream.close_reason(), Some(CloseReason::Deleted));
        let events: Vec<_> = stream.try_collect().now_or_never().unwrap().unwrap();
        assert_eq!(events.len(), 3);
    }
    assert_eq!(writer.append(draft(4)).unwrap_err().id(), "4");
    assert_eq!(log.stats().published, 3);
}

#[test]
fn a_closed_log_replays_for_as_long_as_a_stream_lives() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=300);
    writer.close(CloseReason::Disconnected);
    let mut stream = log.events();
    drop(log);
    assert_eq!(account(&ready(&mut stream), 300).len(), 300);
    assert!(matches!(stream.next().now_or_never(), Some(None)));
}

#[test]
fn cursors_resume_exactly_where_they_stood() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=10);
    let mut stream = log.events();
    for _ in 0..4 {
        stream.next_ready();
    }
    let cursor = stream.cursor();
    assert_eq!(cursor, log.after(Seq::new(4).unwrap()));
    assert_eq!(log.events_from(cursor).next_ready().unwrap().unwrap().seq().get(), 5);
    stream.seek(Cursor::START);
    assert_eq!(stream.next_ready().unwrap().unwrap().seq(), Seq::FIRST);
}

#[test]
fn batches_lend_the_same_events() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=1000);
    writer.close(CloseReason::Disconnected);
    let mut stream = log.events();
    let mut next = 1;
    while let Some(batch) = stream.next_batch().now_or_never().unwrap() {
        let batch = batch.unwrap();
        assert!(!batch.is_empty());
        assert_eq!(batch.len(), batch.iter().count());
        for event in batch.iter() {
            assert_eq!(event.seq().get(), next);
            next += 1;
        }
    }
    assert_eq!(next, 1001);
}

#[test]
fn a_snapshot_and_its_stream_meet_without_gap_or_overlap() {
    let mut writer =
        EventLogWriter::new(LogBounds::default().max_events(64).max_bytes(usize::MAX));
    let log = writer.log().clone();
    append(&mut writer, 1..=200);
    let (snapshot, mut rest) = log.snapshot_and_follow();
    append(&mut writer, 201..=230);
    let mut items = snapshot.items().to_vec();
    items.extend(ready(&mut rest));
    let delivered = account(&items, 230);
    assert_eq!(snapshot.missed() + delivered.len() as u64, 230);
    assert!(delivered.len() >= 64 + 30);
}

#[test]
fn quiet_appends_wake_nobody_until_the_batch_is_complete() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    let mut stream = polled_by_hand(&log);
    assert!(stream.poll().is_pending());
    writer.append_quietly(draft(1)).unwrap();
    writer.append_quietly(draft(2)).unwrap();
    assert!(!stream.woken());
    writer.wake();
    assert!(stream.woken());
    assert!(matches!(stream.poll(), Poll::Ready(Some(Ok(_)))));
}

#[tokio::test]
async fn a_long_replay_lets_other_tasks_run() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=100_000);
    writer.close(CloseReason::Disconnected);
    let reader = log.events().count();
    let mut turns = 0;
    let other = async {
        loop {
            turns += 1;
            tokio::task::yield_now().await;
        }
    };
    let read = tokio::select! { biased; read = reader => read, () = other => 0 };
    assert_eq!(read, 100_000);
    // A poll has 128 units of budget, and a unit pays for 32 events.
    let polls = 100_000 / (128 * 32);
    assert!((polls..=2 * polls).contains(&turns), "{turns}");
}

/// A stream polled by hand, with a waker that counts.
struct Polled {
    stream: EventStream,
    flag: Arc<Flag>,
}

#[derive(Default)]
struct Flag(std::sync::atomic::AtomicBool);

impl std::task::Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

fn polled_by_hand(log: &EventLog) -> Polled {
    Polled { stream: log.events(), flag: Arc::default() }
}

impl Polled {
    fn poll(&mut self) -> Poll<Option<Result<Event, Gap>>> {
        let waker = Arc::clone(&self.flag).into();
        self.stream.poll_next_unpin(&mut std::task::Context::from_waker(&waker))
    }

    fn woken(&self) -> bool {
        self.flag.0.swap(false, std::sync::atomic::Ordering::SeqCst)
    }
}

#[test]
fn a_writer_that_is_dropped_closes_its_log() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=3);
    drop(writer);
    assert_eq!(log.close_reason(), Some(CloseReason::Dropped));
    assert_eq!(futures::executor::block_on(log.events().count()), 3);

    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    writer.close(CloseReason::Deleted);
    drop(writer);
    assert_eq!(log.close_reason(), Some(CloseReason::Deleted));
}

#[test]
fn a_log_of_events_is_complete_and_keeps_them_all() {
    let log = EventLog::from_events((1..=10_000).map(draft));
    assert_eq!(log.close_reason(), Some(CloseReason::Complete));
    let stats = log.stats();
    assert_eq!(
        (stats.appended, stats.published, stats.retained_events),
        (10_000, 10_000, 10_000)
    );
    assert_eq!(account(&ready(&mut log.events()), 10_000).len(), 10_000);
}
