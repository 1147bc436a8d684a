//! Tests of internals. Behaviour is tested in `tests/log`.

use std::sync::Arc;
use std::task::Poll;

use futures::task::noop_waker;
use futures::{FutureExt, StreamExt};

use super::*;

fn draft(id: u64) -> EventDraft {
    EventDraft::parse(&format!(r#"{{"id":"{id}","type":"k"}}"#))
}

#[test]
fn an_idle_log_has_no_segment() {
    let log = EventLog::default();
    let (segments, published) = log.core.snapshot();
    assert!(segments.is_empty());
    assert_eq!(published, 0);
}

#[test]
fn polling_again_and_again_registers_one_waker() {
    let log = EventLog::default();
    let mut stream = log.events();
    let waker = noop_waker();
    let mut cx = std::task::Context::from_waker(&waker);
    for _ in 0..10 {
        assert!(stream.poll_next_unpin(&mut cx).is_pending());
    }
    assert_eq!(log.core.wakers.len(), 1);
    log.append(draft(1)).unwrap();
    assert_eq!(log.core.wakers.len(), 0);
    assert!(matches!(stream.poll_next_unpin(&mut cx), Poll::Ready(Some(Ok(_)))));
}

#[test]
fn a_dropped_reader_leaves_no_waker() {
    let log = EventLog::default();
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
    let log = EventLog::new(LogBounds::default().max_events(1024).max_bytes(usize::MAX));
    for id in 0..1024 {
        log.append(draft(id)).unwrap();
    }
    let mut slow = log.events();
    assert!(slow.next_ready().is_some());
    let held = slow.reader.segment.as_ref().map(Arc::downgrade).unwrap();
    let (segments, _) = log.core.snapshot();
    let next = segments.get(1).map(Arc::downgrade).unwrap();
    drop(segments);
    for id in 1024..8192 {
        log.append(draft(id)).unwrap();
    }
    assert!(held.upgrade().is_some());
    assert!(next.upgrade().is_none());
    let end = held.upgrade().unwrap().end();
    for position in 1..end {
        assert_eq!(slow.next_ready().unwrap().unwrap().seq(), Seq::at(position));
    }
    let lagged = slow.next_ready().unwrap().unwrap_err();
    assert_eq!(lagged.resume_at.get(), end + lagged.missed + 1);
    assert!(held.upgrade().is_none());
}

#[test]
fn waiting_for_the_close_sees_it_whenever_it_comes() {
    let log = EventLog::default();
    let mut closed = Box::pin(log.closed());
    assert!(closed.as_mut().now_or_never().is_none());
    log.append(draft(1)).unwrap();
    assert!(closed.as_mut().now_or_never().is_none());
    log.close(CloseReason::Deleted);
    assert_eq!(closed.now_or_never(), Some(CloseReason::Deleted));
    assert_eq!(log.closed().now_or_never(), Some(CloseReason::Deleted));
}
