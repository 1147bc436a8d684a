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
    match queue.try_room(text.len()) {
        Some(room) => queue.push(room, Bytes::from_static(text.as_bytes())).is_ok(),
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
    assert!(!push(&queue, "c"), "taken is not written");
    queue.written(&mut taken);
    assert!(push(&queue, "c"));
}

#[test]
fn bytes_are_bounded_and_an_oversized_frame_goes_alone() {
    let queue = queue(10, 4, 1);
    assert!(push(&queue, "1234567"));
    assert!(!push(&queue, "1"));
    queue.written(&mut batch(&queue, 1));
    assert!(push(&queue, "123") && push(&queue, "4") && !push(&queue, "5"));
}

#[test]
fn a_batch_is_bounded_keeps_order_and_has_at_least_one() {
    let queue = queue(10, 100, 1);
    assert!(push(&queue, "long frame") && push(&queue, "ab"));
    assert!(queue.take_request_slot());
    queue.push_reply(Bytes::from_static(b"cd"));
    assert!(push(&queue, "e"));
    assert_eq!(texts(&batch(&queue, 4)), [b"long frame"]);
    assert_eq!(texts(&batch(&queue, 4)), [b"ab", b"cd"]);
    assert_eq!(texts(&batch(&queue, 4)), [b"e"]);
}

#[test]
fn waiting_for_room_can_be_given_up() {
    let queue = queue(1, 10, 1);
    assert!(push(&queue, "a"));
    {
        let mut waiting = Box::pin(queue.room(10));
        assert!(waiting.as_mut().now_or_never().is_none());
    }
    queue.written(&mut batch(&queue, 10));
    assert!(push(&queue, "a"), "an abandoned wait keeps nothing");
}

#[test]
fn replies_need_no_room_but_a_slot_and_refusals_have_their_own() {
    let queue = queue(1, 1, 2);
    assert!(push(&queue, "a"));
    assert!(
        queue.take_request_slot() && queue.take_request_slot() && !queue.take_request_slot()
    );
    queue.push_reply(Bytes::from_static(b"r"));
    assert_eq!(queue.push_refusal(Bytes::new()), Ok(()));
    assert_eq!(queue.push_refusal(Bytes::new()), Ok(()));
    assert_eq!(queue.push_refusal(Bytes::new()), Err(Overrun));
    assert!(!queue.take_request_slot(), "a reply holds its slot until written");
    queue.written(&mut batch(&queue, 10));
    assert!(queue.take_request_slot() && !queue.take_request_slot());
    assert_eq!(queue.push_refusal(Bytes::new()), Ok(()));
}

#[test]
fn closing_ends_the_waits_and_keeps_what_is_queued() {
    let queue = queue(1, 10, 1);
    let room = queue.try_room(1).unwrap();
    let waiting = queue.room(1);
    queue.close();
    assert_eq!(waiting.now_or_never().unwrap().unwrap_err(), Closed);
    assert_eq!(queue.push(room, Bytes::new()), Err(Closed));
    assert_eq!(queue.next_batch(1, &mut Vec::new()).now_or_never(), Some(false));
}
