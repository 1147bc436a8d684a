//! Bounds, back pressure and order of what goes out.

use std::time::Duration;

use copilot_sessions::rpc::{CallError, ConnectionLimits, Peer};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, join_all};
use serde_json::json;

use crate::support::{Fixture, Requests};

#[tokio::test]
async fn a_peer_that_does_not_read_makes_callers_wait_and_nothing_grow() {
    let options = ConnectionLimits::default().max_queued_frames(8);
    let Fixture { mut other, peer, .. } = Fixture::with(options, 64, Requests::Keep);
    let mut calls: Vec<_> = (0..100).map(|n| call(&peer, n)).collect();
    for call in &mut calls {
        assert!(call.as_mut().now_or_never().is_none());
    }
    tokio::task::yield_now().await;
    // A call is in the table only once its frame is queued.
    assert_eq!(peer.pending_calls(), 8);
    assert!(!peer.try_call_inline("m", &(), |_| ()));
    let server = async {
        for _ in 0..100 {
            let request = other.expect().await;
            let result = request["params"][0].to_string();
            other.answer(&request, &result).await;
        }
    };
    let (results, ()) = futures::join!(join_all(calls), server);
    for (n, result) in (0..100).zip(results) {
        assert_eq!(result.unwrap(), n);
    }
}

#[tokio::test]
async fn queued_bytes_are_bounded_and_a_frame_above_the_bound_still_goes() {
    let options = ConnectionLimits::default().max_queued_bytes(1000);
    let Fixture { mut other, peer, .. } = Fixture::with(options, 64, Requests::Keep);
    let large = "x".repeat(5000);
    assert!(peer.try_call_inline("large", &large, |_| ()));
    assert!(!peer.try_call_inline("small", &(), |_| ()));
    assert_eq!(other.expect().await["params"], large.as_str());
    peer.notify("small", &()).await.unwrap();
    assert_eq!(other.expect().await["method"], "small");
}

#[tokio::test]
async fn a_call_dropped_while_it_waits_for_room_sends_nothing() {
    let options = ConnectionLimits::default().max_queued_frames(1);
    let Fixture { mut other, peer, .. } = Fixture::with(options, 16, Requests::Keep);
    assert!(peer.try_call_inline("first", &(), |_| ()));
    let mut waiting = Box::pin(peer.call_raw("dropped", &()));
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(waiting);
    let (last, frames) = futures::join!(peer.notify("last", &()), async {
        [other.expect().await, other.expect().await]
    });
    last.unwrap();
    assert_eq!(frames.map(|frame| frame["method"].clone()), ["first", "last"]);
}

#[tokio::test]
async fn replies_are_queued_while_calls_wait_for_room() {
    let options = ConnectionLimits::default().max_queued_frames(1);
    let Fixture { mut other, peer, .. } = Fixture::with(options, 64, Requests::Echo);
    assert!(peer.try_call_inline("fills the queue", &(), |_| ()));
    let mut waiting = Box::pin(peer.call_raw("waits", &()));
    assert!(waiting.as_mut().now_or_never().is_none());
    // The other end reads only its replies' turn: everything it asked is answered in order.
    for id in 0..5 {
        other.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#)).await;
    }
    assert_eq!(other.expect().await["method"], "fills the queue");
    let mut replies = Vec::new();
    while replies.len() < 5 {
        let frame = other.expect().await;
        replies.extend(frame.get("result").map(|_| frame["id"].as_u64().unwrap()));
    }
    assert_eq!(replies, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn frames_leave_in_the_order_they_were_queued() {
    let Fixture { mut other, peer, mut responders, .. } = Fixture::new();
    other.send(r#"{"jsonrpc":"2.0","id":1,"method":"m"}"#).await;
    let responder = responders.recv().await.unwrap();
    peer.notify("progress", &json!([1])).await.unwrap();
    responder.respond(&());
    peer.notify("after", &()).await.unwrap();
    assert_eq!(other.expect().await["method"], "progress");
    assert_eq!(other.expect().await["id"], 1);
    assert_eq!(other.expect().await["method"], "after");
}

#[tokio::test(start_paused = true)]
async fn a_blocked_writer_does_not_block_the_reader() {
    let options = ConnectionLimits::default().max_queued_frames(1);
    let Fixture { mut other, peer, mut told, .. } = Fixture::with(options, 64, Requests::Keep);
    assert!(peer.try_call_inline("never read", &"x".repeat(1000), |_| ()));
    for _ in 0..1000 {
        other.send(r#"{"jsonrpc":"2.0","method":"note"}"#).await;
        let told = tokio::time::timeout(Duration::from_secs(1), told.next()).await;
        assert!(told.is_ok());
    }
}

/// A call that owns its params.
fn call(peer: &Peer, n: u32) -> LocalBoxFuture<'static, Result<u32, CallError>> {
    let peer = peer.clone();
    async move { peer.call("m", &[n]).await }.boxed_local()
}
