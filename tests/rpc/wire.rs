//! What arrives on the wire: well-formed, odd, broken.

use copilot_sessions::rpc::{CallError, ConnectionLimits, DisconnectKind};
use futures::FutureExt;

use crate::support::{Fixture, Requests, Told};

const NOTE: &str = r#"{"jsonrpc":"2.0","method":"note","params":{"n":1}}"#;

fn note() -> Told {
    Told::Notification("note".to_owned(), Some(r#"{"n":1}"#.to_owned()))
}

#[tokio::test]
async fn a_frame_may_come_byte_by_byte_with_odd_headers() {
    let Fixture { mut other, mut told, peer: _peer, .. } = Fixture::new();
    let text = format!("x-other: 1\r\ncontent-LENGTH:\t{} \r\n\r\n{NOTE}", NOTE.len());
    for byte in text.as_bytes() {
        other.write([*byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(told.next().await, note());
}

#[tokio::test]
async fn frames_of_one_read_are_handled_in_order_and_then_drained() {
    let Fixture { mut other, mut told, peer: _peer, .. } = Fixture::new();
    let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let hot = r#"{"jsonrpc":"2.0","method":"hot"}"#;
    other.write([frame(NOTE), frame(hot), frame(NOTE)].concat()).await;
    assert_eq!(told.next_or_drained().await, note());
    assert_eq!(told.next_or_drained().await, Told::Intercepted(hot.to_owned()));
    assert_eq!(told.next_or_drained().await, note());
    assert_eq!(told.next_or_drained().await, Told::Drained);
}

#[tokio::test]
async fn a_malformed_message_does_not_close_the_connection() {
    let Fixture { mut other, mut told, peer, .. } = Fixture::new();
    for (frame, reason) in [
        (&b"{\"jsonrpc\":"[..], "invalid JSON at line 1 column 11"),
        (b"", "not a JSON object"),
        (b"\xFF{}", "not UTF-8"),
        (b"[]", "an empty batch of messages"),
        (b"{\"jsonrpc\":\"2.0\"}", "neither a method nor an id"),
    ] {
        other.send(frame).await;
        assert_eq!(told.next().await, Told::Malformed(frame.to_vec(), reason.to_owned()));
    }
    other.send(NOTE).await;
    assert_eq!(told.next().await, note());
    assert!(!peer.is_closed());
}

#[tokio::test]
async fn a_broken_header_ends_the_connection_after_what_came_before() {
    for header in ["Content-Length: -1\r\n\r\n", "Content-Length: 2\n\n{}", "X: 1\r\n\r\n"] {
        let Fixture { mut other, mut told, peer, .. } = Fixture::new();
        let mut call = Box::pin(peer.call_raw("m", &()));
        assert!(call.as_mut().now_or_never().is_none());
        other.send(NOTE).await;
        other.write(header).await;
        assert_eq!(told.next().await, note());
        assert_eq!(told.next().await, Told::Closed(DisconnectKind::Protocol));
        let Err(CallError::Closed(reason)) = call.await else {
            panic!("a call outlived its connection");
        };
        assert_eq!(*reason.kind(), DisconnectKind::Protocol);
        assert!(reason.detail().is_some_and(|detail| detail.contains("the peer")));
    }
}

#[tokio::test]
async fn the_end_inside_a_frame_is_told_from_the_end_between_frames() {
    for (bytes, detail) in
        [("", None), ("Content-Length: 9\r\n\r\n{", Some("the stream ended inside a frame"))]
    {
        let Fixture { mut other, peer, .. } = Fixture::new();
        other.write(bytes).await;
        drop(other);
        let reason = peer.closed().await;
        assert_eq!((reason.kind(), reason.detail()), (&DisconnectKind::Eof, detail));
    }
}

#[tokio::test]
async fn a_frame_leaves_in_one_write() {
    use tokio::io::AsyncReadExt;
    let Fixture { mut other, peer, .. } = Fixture::new();
    peer.notify("note", &[1]).await.unwrap();
    let mut first_read = vec![0; 4096];
    let length = other.stream.read(&mut first_read).await.unwrap();
    let expected =
        "Content-Length: 48\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"note\",\"params\":[1]}";
    let body = expected.split_once("\r\n\r\n").unwrap().1;
    let expected = expected.replace("48", &body.len().to_string());
    assert_eq!(String::from_utf8_lossy(&first_read[..length]), expected);
}

#[tokio::test]
async fn a_body_larger_than_any_buffer_arrives_whole() {
    let Fixture { mut other, mut told, peer: _peer, .. } =
        Fixture::with(ConnectionLimits::default(), 1000, Requests::Keep);
    let params = format!("[{:?}]", "x".repeat(3_000_000));
    let body = format!(r#"{{"jsonrpc":"2.0","method":"large","params":{params}}}"#);
    other.send(body).await;
    other.send(NOTE).await;
    assert!(told.next().await == Told::Notification("large".to_owned(), Some(params)));
    assert_eq!(told.next().await, note());
}
