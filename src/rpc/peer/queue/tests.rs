use futures::FutureExt;

use super::*;

fn queue(frames: usize, bytes: usize, requests: usize) -> Outgoing {
    Outgoing::new(
        &ConnectionLimits::default()
            .max_queued_frames(frames)
            .max_queued_bytes(bytes)
            .max_inbound_requests(requests),
    )
}

fn push(queue: &Outgoing, text: &'static str) -> bool {
    match queue.try_reserve(text.len()) {
        Some(permit) => queue.push(permit, Bytes::from_static(text.as_bytes())).is_ok(),
        None => false,
    }
}

fn batch(queue: &Outgoing, max_bytes: usize) -> Vec<Entry> {
    let mut batch = Vec::new();
    let more = queue.next_batch(max_bytes, &mut batch).now_or_never();
    assert_eq!(more, Some(true));
    batch
}

fn texts(batch: &[Entry]) -> Vec<&[u8]> {
    batch.iter().map(|entry| entry.frame.as_ref()).collect()
}

#[test]
fn frames_are_bounded_until_they_are_written() {
    let queue = queue(2, 100, 1);
    assert!(push(&queue, "a") && push(&queue, "b") && !push(&queue, "c"));
    let mut taken = batch(&queue, 10);
    assert!(!push(&queue, "c"), "a frame holds its permit until it is written");
    queue.written(&mut taken);
    assert!(push(&queue, "c"));
}

#[test]
fn bytes_are_bounded_and_an_oversized_frame_is_queued_alone() {
    let queue = queue(10, 4, 1);
    assert!(push(&queue, "1234567"));
    assert!(!push(&queue, "1"));
    queue.written(&mut batch(&queue, 1));
    assert!(push(&queue, "123") && push(&queue, "4") && !push(&queue, "5"));
}

#[test]
fn a_batch_is_bounded_in_order_and_has_at_least_one_frame() {
    let queue = queue(10, 100, 1);
    assert!(push(&queue, "long frame") && push(&queue, "ab"));
    assert!(queue.take_request_slot(1));
    queue.push_reply(Bytes::from_static(b"cd")).unwrap();
    assert!(push(&queue, "e"));
    assert_eq!(texts(&batch(&queue, 4)), [b"long frame"]);
    assert_eq!(texts(&batch(&queue, 4)), [b"ab", b"cd"]);
    assert_eq!(texts(&batch(&queue, 4)), [b"e"]);
}

#[test]
fn a_dropped_wait_for_room_holds_no_permits() {
    let queue = queue(1, 10, 1);
    assert!(push(&queue, "a"));
    {
        let mut waiting = Box::pin(queue.reserve(10));
        assert!(waiting.as_mut().now_or_never().is_none());
    }
    queue.written(&mut batch(&queue, 10));
    assert!(push(&queue, "a"), "a dropped wait holds nothing");
}

#[test]
fn replies_need_a_request_slot_and_refusals_a_slot_of_their_own() {
    let queue = queue(1, 1, 2);
    assert!(push(&queue, "a"));
    assert!(
        queue.take_request_slot(1) && queue.take_request_slot(1) && !queue.take_request_slot(1)
    );
    queue.push_reply(Bytes::from_static(b"r")).unwrap();
    assert_eq!(queue.push_refusal(Bytes::new()), Ok(()));
    assert_eq!(queue.push_refusal(Bytes::new()), Ok(()));
    assert_eq!(queue.push_refusal(Bytes::new()), Err(TooManyRefusals));
    assert!(!queue.take_request_slot(1), "a reply holds its slot until written");
    queue.written(&mut batch(&queue, 10));
    assert!(queue.take_request_slot(1) && !queue.take_request_slot(1));
    assert_eq!(queue.push_refusal(Bytes::new()), Ok(()));
}

#[test]
fn requests_and_replies_are_bounded_by_their_bytes_too() {
    let limits = ConnectionLimits::default().max_inbound_bytes(10);
    let queue = Outgoing::new(&limits);
    assert!(queue.take_request_slot(100), "alone, any has room");
    assert!(!queue.take_request_slot(1));
    queue.request_done(100);
    assert!(queue.take_request_slot(6) && queue.take_request_slot(4));
    assert!(!queue.take_request_slot(1));
    queue.request_done(6);
    assert_eq!(queue.push_reply(Bytes::from_static(b"123456789012")), Ok(()), "it is alone");
    assert!(!queue.take_request_slot(1), "while more replies wait than may");
    queue.request_done(4);
    assert_eq!(queue.push_reply(Bytes::from_static(b"1")), Err(TooLarge));
    queue.push_short_reply(Bytes::from_static(b"no"));
    assert_eq!(queue.push_refusal(Bytes::from_static(b"12345678901")), Ok(()), "it is alone");
    assert_eq!(queue.push_refusal(Bytes::from_static(b"1")), Err(TooManyRefusals));
    queue.written(&mut batch(&queue, 100));
    assert!(queue.take_request_slot(10));
    assert_eq!(queue.push_reply(Bytes::from_static(b"1234567890")), Ok(()));
    assert_eq!(queue.push_refusal(Bytes::from_static(b"1")), Ok(()));
}

#[test]
fn closing_fails_waits_and_later_pushes() {
    let queue = queue(1, 10, 1);
    let permit = queue.try_reserve(1).unwrap();
    let waiting = queue.reserve(1);
    queue.close();
    assert_eq!(waiting.now_or_never().unwrap().unwrap_err(), Closed);
    assert_eq!(queue.push(permit, Bytes::new()), Err(Closed));
    assert_eq!(queue.next_batch(1, &mut Vec::new()).now_or_never(), Some(false));
}
