//! Answers that are not as they should be: every call ends, and the connection goes on.

use copilot_sessions::rpc::{CallError, ConnectionLimits, DisconnectKind, FrameLimits};
use futures::FutureExt;

use crate::support::{Fixture, Requests, Told};

/// What becomes of call 1, of call 2 that waits beside it, and whether it is counted.
#[derive(Debug, PartialEq)]
enum End {
    /// Call 1 has its answer, `[7]`.
    Answered,
    /// Call 1 fails with the peer's error.
    Refused,
    /// Call 1 fails: its answer can't be read.
    Unreadable,
    /// Both calls fail: it can't be told whose the answer was.
    Anyones,
    /// Both calls wait on: it is no answer.
    NoAnswer,
}

async fn end_of(frame: &[u8], cut: Option<usize>) -> End {
    let Fixture { mut other, mut told, peer, .. } = Fixture::new();
    let mut first = Box::pin(peer.call_raw("a", &()));
    let mut second = Box::pin(peer.call_raw("b", &()));
    assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
    let whole = [format!("Content-Length: {}\r\n\r\n", frame.len()).as_bytes(), frame].concat();
    let (one, two) = whole.split_at(cut.unwrap_or_default().min(whole.len()));
    other.write(one).await;
    tokio::task::yield_now().await;
    other.write(two).await;
    other.send(r#"{"jsonrpc":"2.0","method":"behind"}"#).await;
    let mut counted = false;
    loop {
        match told.next().await {
            Told::Notification(method, None) if method == "behind" => break,
            Told::Malformed(..) | Told::Unusual(_) => counted = true,
            _ => {}
        }
    }
    assert!(!peer.is_closed());
    let (first, second) = (first.now_or_never(), second.now_or_never());
    let end = match (first, second) {
        (Some(Ok(result)), None) => {
            assert_eq!(result.get(), "[7]");
            End::Answered
        }
        (Some(Err(CallError::Remote(_))), None) => return End::Refused,
        (Some(Err(CallError::Unreadable(_))), None) => End::Unreadable,
        (Some(Err(CallError::Unreadable(_))), Some(Err(CallError::Unreadable(_)))) => {
            End::Anyones
        }
        (Some(Err(CallError::Unattributed(_))), Some(Err(CallError::Unattributed(_)))) => {
            return End::Anyones;
        }
        (None, None) => End::NoAnswer,
        other => panic!("{other:?}"),
    };
    assert_eq!(counted, frame != USUAL, "{:?}", frame.escape_ascii().to_string());
    end
}

const USUAL: &[u8] = br#"{"jsonrpc":"2.0","id":1,"result":[7]}"#;

#[tokio::test]
async fn every_answer_ends_its_call_or_all_if_it_can_not_be_told_whose_it_is() {
    let rows: &[(End, &[&[u8]])] = &[
        (
            End::Answered,
            &[
                USUAL,
                br#"{"jsonrpc":"2.0","id":"1","result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":1.0,"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":1e0,"result":[7]}"#,
                br#"{"id":1,"result":[7]}"#,
                br#"{"jsonrpc":"1.0","id":1,"result":[7]}"#,
                br#"{"jsonrpc":2,"id":1,"result":[7]}"#,
                br#"{"jsonrpc":null,"id":1,"result":[7]}"#,
                br#"[{"jsonrpc":"2.0","id":1,"result":[7]}]"#,
                br#"[{"jsonrpc":"2.0","method":"m"},{"jsonrpc":"2.0","id":1,"result":[7]}]"#,
                b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[7]}",
                br#"{"jsonrpc":"2.0","id":1,"method":"a","result":[7]}"#,
            ],
        ),
        (
            End::Refused,
            &[
                br#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}"#,
                br#"{"jsonrpc":"2.0","id":1,"error":"no"}"#,
                br#"{"jsonrpc":"2.0","id":1,"error":{},"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":1,"error":[5,"m"]}"#,
                br#"{"jsonrpc":"2.0","id":1}"#,
                br#"{"jsonrpc":"2.0","id":"1","error":{"code":1,"message":"no"}}"#,
            ],
        ),
        (
            End::Unreadable,
            &[
                b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\xff\"}",
                b"{\"jsonrpc\":\"2.0\",\"result\":\"\xff\",\"id\":1}",
                b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\x01\"}",
                br#"{"jsonrpc":"2.0","id":1,"result":[7],"result":[8]}"#,
                br#"{"jsonrpc":"2.0","id":1,"result":[7}"#,
                br#"{"jsonrpc":"2.0","id":1,"result":[7]"#,
                br#"{"jsonrpc":"2.0","id":01,"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":1,"result":NaN}"#,
                br#"{"jsonrpc":"2.0","id":1,"result":[7]} more"#,
                br#"{"jsonrpc":"2.0","id":"1","result":}"#,
                br#"{"jsonrpc":"2.0","id":1,"id":1,"result":[7]}"#,
                b"\xff{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[7]}",
            ],
        ),
        (
            End::Anyones,
            &[
                br#"{"jsonrpc":"2.0","id":null,"result":[7]}"#,
                br#"{"jsonrpc":"2.0","result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":{"n":1},"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":[1],"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":true,"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":1,"id":2,"result":[7]}"#,
                br#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}}"#,
                br#"[{"jsonrpc":"2.0","id":1,"result":[7]},"#,
            ],
        ),
        (
            End::NoAnswer,
            &[
                b"",
                b"{}",
                b"[]",
                b"[[]]",
                // The answer may still come.
                br#"{"jsonrpc":"2.0","id":"one","result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":1.5,"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":-1,"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":99,"result":[7]}"#,
                br#"{"jsonrpc":"2.0","id":0,"result":[7]}"#,
                b"hello",
                br#"{"id":1,"type":"k"}"#,
                b"\xff",
                br#"{"jsonrpc":"2.0","id":1,"method":"m","params":NaN}"#,
                br#"{"jsonrpc":"2.0","method":"m","result":[7],"x":}"#,
            ],
        ),
    ];
    for (expected, frames) in rows {
        for frame in *frames {
            let shown = frame.escape_ascii().to_string();
            assert_eq!(end_of(frame, None).await, *expected, "{shown}");
            for cut in 0..frame.len() + 22 {
                assert_eq!(end_of(frame, Some(cut)).await, *expected, "{shown} cut at {cut}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_any_more_harms_no_other_call() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let mut first = Box::pin(peer.call_raw("a", &()));
    assert!((&mut first).now_or_never().is_none());
    drop(first);
    let mut second = Box::pin(peer.call_raw("b", &()));
    assert!((&mut second).now_or_never().is_none());
    for id in ["1", "\"1\"", "2"] {
        other.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":[7]}}"#)).await;
    }
    assert_eq!(second.await.unwrap().get(), "[7]");
}

#[tokio::test]
async fn an_answer_above_the_limit_fails_its_call_and_the_connection_goes_on() {
    let long = "x".repeat(200_000);
    for (frame, is_known) in [
        (format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{long}"}}"#), true),
        (format!(r#"{{"jsonrpc":"2.0","result":"{long}","id":1}}"#), true),
        (format!(r#"{{"jsonrpc":"2.0","result":"{long}","id":1 ,"x":"{long}"}}"#), false),
    ] {
        let limits = ConnectionLimits::default().frames(FrameLimits::default().max_body(1000));
        let Fixture { mut other, mut told, peer, .. } =
            Fixture::with(limits, 4096, Requests::Keep);
        let mut first = Box::pin(peer.call_raw("a", &()));
        let mut second = Box::pin(peer.call_raw("b", &()));
        assert!(
            (&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none()
        );
        other.send(&frame).await;
        let error = first.await.unwrap_err();
        let CallError::TooLarge { announced, limit, .. } = error else { panic!("{error:?}") };
        assert_eq!((announced, limit), (frame.len() as u64, 1000));
        assert!(matches!(told.next().await, Told::Oversized(head) if head.len() == 4096));
        if is_known {
            other.send(r#"{"jsonrpc":"2.0","id":2,"result":[7]}"#).await;
            assert_eq!(second.await.unwrap().get(), "[7]");
        } else {
            assert!(matches!(second.await, Err(CallError::TooLarge { .. })));
        }
        assert!(!peer.is_closed());
    }
}

#[tokio::test]
async fn text_between_frames_is_counted_and_costs_no_frame() {
    let Fixture { mut other, mut told, peer, .. } = Fixture::new();
    let note = r#"{"jsonrpc":"2.0","method":"m"}"#;
    for text in ["", "warn: x\n", "(node:1) warning\r\n\r\n", "{\"level\":\"info\"}\n"] {
        other.write(text).await;
        other.send(note).await;
        assert_eq!(told.next().await, Told::Notification("m".to_owned(), None));
        if !text.is_empty() {
            let malformed = Told::Malformed(Vec::new(), "text between frames".to_owned());
            assert_eq!(told.next().await, malformed);
        }
    }
    other.write("out of memory\n").await;
    drop(other);
    let reason = peer.closed().await;
    assert_eq!(*reason.kind(), DisconnectKind::Eof);
    assert!(reason.foreign_text().unwrap().ends_with("out of memory"), "{reason}");
    assert!(reason.to_string().contains("out of memory"), "{reason}");
}

#[tokio::test]
async fn a_request_that_can_not_be_read_or_is_too_long_is_refused() {
    let limits = ConnectionLimits::default().frames(FrameLimits::default().max_body(1000));
    let Fixture { mut other, peer, .. } = Fixture::with(limits, 4096, Requests::Keep);
    let long = "x".repeat(200_000);
    for (request, id, code) in [
        (r#"{"jsonrpc":"2.0","id":7,"method":"m","params":NaN}"#.to_owned(), "7", -32_700),
        (
            format!(r#"{{"jsonrpc":"2.0","id":"a","method":"m","params":"{long}"}}"#),
            "\"a\"",
            -32_600,
        ),
    ] {
        other.send(request).await;
        let answer = other.expect().await;
        assert_eq!(
            (answer["id"].to_string().as_str(), &answer["error"]["code"]),
            (id, &code.into())
        );
    }
    assert!(!peer.is_closed());
}
