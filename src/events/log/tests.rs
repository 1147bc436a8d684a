//! Tests of internals. Behaviour is tested in `tests/log`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};

use futures::task::noop_waker;
use futures::{FutureExt, StreamExt};

use super::*;
use crate::events::Seq;

fn draft(id: u64) -> EventDraft {
    EventDraft::parse(&format!(r#"{{"id":"{id}","type":"k"}}"#))
}

#[test]
fn an_idle_log_has_no_segment() {
    let writer = EventLogWriter::default();
    let log = writer.log().clone();
    let (segments, published) = log.core.snapshot();
    assert!(segments.is_empty());
    assert_eq!(published, 0);
}

#[test]
fn the_first_segment_is_small_and_the_others_share_the_bounds_in_parts() {
    let sizes = |bounds| {
        let mut writer = EventLogWriter::new(bounds);
        let log = writer.log().clone();
        for id in 0..1000 {
            writer.append(draft(id)).unwrap();
        }
        let (segments, _) = log.core.snapshot();
        let size = |segment: &Arc<segment::Segment<_>>| segment.end() - segment.first();
        segments.iter().map(size).collect::<Vec<_>>()
    };
    let unbounded = LogBounds::default().max_events(u64::MAX).max_bytes(usize::MAX);
    assert_eq!(sizes(unbounded), [32, 256, 256, 256, 256]);
    // A quarter of the events, and an eighth of the bytes.
    assert_eq!(sizes(unbounded.max_events(400))[..], [100; 5]);
    let weight = draft(0).weight();
    let by_bytes = sizes(unbounded.max_bytes((weight + 2) * 160));
    // The last one is not full.
    let (_open, by_bytes) = by_bytes.split_last().unwrap();
    assert!(by_bytes.iter().all(|size| (19..=21).contains(size)), "{by_bytes:?}");
}

#[test]
fn a_reader_delivers_what_was_added_to_the_segment_that_it_holds() {
    let bounds = LogBounds::default().max_events(1024).max_bytes(16 * draft(0).weight());
    let mut writer = EventLogWriter::new(bounds);
    let log = writer.log().clone();
    writer.append(draft(0)).unwrap();
    let mut slow = log.events();
    assert!(slow.next_ready().is_some());
    for id in 1..1000 {
        writer.append(draft(id)).unwrap();
    }
    assert!(log.stats().retained_events < 20);
    // The log let go of the segment after it had a second event, and the reader holds it.
    assert_eq!(slow.next_ready().unwrap().unwrap().seq(), Seq::at(1));
}

#[test]
fn polling_again_and_again_registers_one_waker() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    let mut stream = log.events();
    let waker = noop_waker();
    let mut cx = std::task::Context::from_waker(&waker);
    for _ in 0..10 {
        assert!(stream.poll_next_unpin(&mut cx).is_pending());
    }
    assert_eq!(log.core.wakers.len(), 1);
    writer.append(draft(1)).unwrap();
    assert_eq!(log.core.wakers.len(), 0);
    assert!(matches!(stream.poll_next_unpin(&mut cx), Poll::Ready(Some(Ok(_)))));
}

#[test]
fn a_dropped_reader_leaves_no_waker() {
    let writer = EventLogWriter::default();
    let log = writer.log().clone();
    for _ in 0..10 {
        assert!(log.events().next().now_or_never().is_none());
    }
    let (mut first, mut second) = (log.events(), log.events());
    assert!(first.next().now_or_never().is_none());
    assert!(second.next().now_or_never().is_none());
    drop(first);
    assert_eq!(log.core.wakers.len(), 1);
    drop(second);
    assert_eq!(log.core.wakers.len(), 0);
}

#[test]
fn a_slow_reader_keeps_one_evicted_segment_alive_and_no_more() {
    let mut writer =
        EventLogWriter::new(LogBounds::default().max_events(1024).max_bytes(usize::MAX));
    let log = writer.log().clone();
    for id in 0..1024 {
        writer.append(draft(id)).unwrap();
    }
    let mut slow = log.events();
    assert!(slow.next_ready().is_some());
    let held = slow.reader.segment.as_ref().map(Arc::downgrade).unwrap();
    let (segments, _) = log.core.snapshot();
    let next = segments.get(1).map(Arc::downgrade).unwrap();
    drop(segments);
    for id in 1024..8192 {
        writer.append(draft(id)).unwrap();
    }
    assert!(held.upgrade().is_some());
    assert!(next.upgrade().is_none());
    let end = held.upgrade().unwrap().end();
    for position in 1..end {
        assert_eq!(slow.next_ready().unwrap().unwrap().seq(), Seq::at(position));
    }
    let gap = slow.next_ready().unwrap().unwrap_err();
    assert_eq!(gap.resume_at().get(), end + gap.missed() + 1);
    assert!(held.upgrade().is_none());
}

#[test]
fn waiting_for_the_close_does_not_spin() {
    #[derive(Default)]
    struct Wakes(AtomicUsize);
    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    let wakes = Arc::new(Wakes::default());
    let counting = Waker::from(Arc::clone(&wakes));
    let mut closed = Box::pin(log.closed());
    assert!(closed.poll_unpin(&mut std::task::Context::from_waker(&counting)).is_pending());
    assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
    writer.append(draft(1)).unwrap();
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
}

#[test]
fn waiting_for_the_close_sees_it_whenever_it_comes() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    let mut closed = Box::pin(log.closed());
    assert!(closed.as_mut().now_or_never().is_none());
    writer.append(draft(1)).unwrap();
    assert!(closed.as_mut().now_or_never().is_none());
    writer.close(CloseReason::Deleted);
    assert_eq!(closed.now_or_never(), Some(CloseReason::Deleted));
    assert_eq!(log.closed().now_or_never(), Some(CloseReason::Deleted));
}
