//! Frames cut anywhere, and connections that end at any byte.

use copilot_sessions::{ClientOptions, CloseReason};

use crate::account::{Books, Pace, Reading};
use crate::peer::{Peer, Wire, event, frame, usual};
use crate::with_session;

/// Frames in several forms, all events of `s`; `round` makes their ids new.
fn frames(round: usize) -> Vec<Vec<u8>> {
    let id = |name: &str| format!("{name}{round}");
    let reordered = format!(
        r#"{{"params":{{"event":{},"sessionId":"s"}},"method":"session.event","jsonrpc":"2.0"}}"#,
        event(&id("b"), "k", "{}")
    );
    vec![
        frame(usual("s", &event(&id("a"), "k", r#"{"text":"é😀"}"#))),
        frame(reordered),
        frame(usual("s", &event(&id("c"), "k", r#"{"n":NaN}"#))),
    ]
}

#[tokio::test]
async fn a_frame_that_is_cut_anywhere_is_the_same_frame() {
    for wire in Wire::ALL {
        let (mut peer, client, session) = with_session(*wire, ClientOptions::new()).await;
        let length = frames(100).concat().len();
        let mut sent = 0;
        for (round, at) in (0..length).enumerate() {
            // All rounds are of one length.
            let bytes = frames(100 + round % 900).concat();
            assert_eq!(bytes.len(), length);
            peer.write_cut(&bytes, at).await;
            peer.settle(&client).await;
            sent += 3;
            assert_eq!(session.stats().published, sent, "cut at {at}");
        }
        Books::of(sent).session(&session.stats(), 0).client(&client).check();
        assert_eq!(client.orphan_events() + client.malformed_messages(), 0);
    }
}

#[tokio::test]
async fn a_frame_that_comes_byte_by_byte_is_the_same_frame() {
    for wire in Wire::ALL {
        let (mut peer, client, session) = with_session(*wire, ClientOptions::new()).await;
        for byte in frames(0).concat() {
            peer.write([byte]).await;
            tokio::task::yield_now().await;
        }
        peer.settle(&client).await;
        assert_eq!(session.stats().published, 3);
    }
}

/// Ends the connection after so many bytes of `frames`; all whole frames before are in the log.
async fn end_at(wire: Wire, at: usize) {
    let (mut peer, client, session) = with_session(wire, ClientOptions::new()).await;
    let early =
        Reading::begin(&session.events()).with_ids().through(session.events(), Pace::Fast);
    let early = tokio::spawn(early);
    let frames = frames(0);
    peer.write(&frames.concat()[..at]).await;
    drop(peer);
    let reason = session.closed().await;
    assert!(matches!(reason, CloseReason::ConnectionLost(_)), "{reason}");
    let ends = frames.iter().scan(0, |end, frame| {
        *end += frame.len();
        Some(*end)
    });
    let whole = ends.filter(|end| *end <= at).count() as u64;
    let early = early.await.unwrap();
    early.check_complete(whole);
    let ids = ["a0", "b0", "c0"];
    assert!(early.ids.unwrap().iter().zip(ids).all(|(got, sent)| got == sent));
    Reading::of(session.events(), Pace::Fast).await.check_complete(whole);
    Books::of(whole).session(&session.stats(), 0).client(&client).check();
    assert_eq!(client.closed().await, reason);
}

#[tokio::test]
async fn a_connection_that_ends_at_any_byte_leaves_the_whole_frames() {
    let length = frames(0).concat().len();
    for at in 0..=length {
        end_at(Wire::Duplex, at).await;
    }
    for wire in Wire::ALL {
        for at in (0..=length).step_by(29) {
            end_at(*wire, at).await;
        }
    }
}

#[tokio::test]
async fn what_is_no_frame_ends_the_connection_behind_what_came_before() {
    let broken: [&[u8]; 6] = [
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 1e3\r\n\r\n",
        b"Content-Length: 18446744073709551616\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"Content-Length: 2\n\n{}",
        b"X: y\r\n\r\n",
    ];
    for wire in Wire::ALL {
        for bytes in broken {
            let (mut peer, client, session) = with_session(*wire, ClientOptions::new()).await;
            let mut all = frames(0).concat();
            all.extend_from_slice(bytes);
            // Behind it nothing can be read.
            all.extend(frames(1).concat());
            peer.write(all).await;
            let reason = session.closed().await;
            assert!(matches!(reason, CloseReason::ConnectionLost(_)), "{reason}");
            Reading::of(session.events(), Pace::Fast).await.check_complete(3);
            Books::of(3).session(&session.stats(), 0).client(&client).check();
        }
    }
}

#[tokio::test]
async fn text_between_frames_is_counted_and_costs_no_event() {
    for wire in Wire::ALL {
        for text in
            ["you are not signed in\r\n", "warning: x\n", "\r\n\r\n", "{\"a\":1}\n{\"b\":2}\n"]
        {
            let (mut peer, client, session) = with_session(*wire, ClientOptions::new()).await;
            let mut all = frames(0).concat();
            all.extend_from_slice(text.as_bytes());
            all.extend(frames(1).concat());
            peer.write(all).await;
            peer.settle(&client).await;
            assert_eq!(
                (session.stats().published, client.malformed_messages()),
                (6, 1),
                "{text:?}"
            );
            assert_eq!(session.close_reason(), None);
        }
    }
}

#[tokio::test]
async fn a_handshake_that_is_cut_anywhere_or_is_not_one_fails_or_succeeds_and_ends() {
    let answer = frame(
        r#"{"jsonrpc":"2.0","id":1,"result":{"ok":true,"protocolVersion":3,"version":"x"}}"#,
    );
    for at in 0..=answer.len() {
        let (mut peer, connecting) = Wire::Duplex.dial(ClientOptions::new()).await;
        let connect = peer.expect("connect").await;
        assert_eq!(connect["id"], 1);
        peer.write(&answer[..at]).await;
        drop::<Peer>(peer);
        // All of it may be read before the end is.
        let connected = connecting.await.unwrap();
        assert_eq!(connected.is_ok(), at == answer.len(), "{connected:?}");
    }
}
