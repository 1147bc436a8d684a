//! Frames above the limit: what is lost with one shows, and nothing else is lost.

use copilot_sessions::rpc::{ConnectionLimits, FrameLimits};
use copilot_sessions::{ClientOptions, ErrorKind, Gap, SessionConfig};
use futures::StreamExt;
use serde_json::json;

use crate::peer::{Wire, event, usual};
use crate::with_session;

fn options() -> ClientOptions {
    let limits = ConnectionLimits::default().frames(FrameLimits::default().max_body(2000));
    ClientOptions::new().connection_limits(limits)
}

fn large(session: &str) -> String {
    usual(session, &event("large", "k", &format!("\"{}\"", "x".repeat(10_000))))
}

#[tokio::test]
async fn an_event_above_the_limit_is_a_gap_in_its_log_and_wakes_who_waits() {
    for wire in Wire::ALL {
        let (mut peer, client, session) = with_session(*wire, options()).await;
        let mut events = session.events();
        peer.event("s", &event("1", "k", "{}")).await;
        assert_eq!(events.next().await.unwrap().unwrap().id(), "1");
        let waiting = tokio::spawn(async move { (events.next().await, events) });
        peer.settle(&client).await;
        peer.send(large("s")).await;
        let (item, mut events) = waiting.await.unwrap();
        let gap = item.unwrap().unwrap_err();
        assert!(matches!(gap, Gap::Lost(_)) && gap.missed() == 1, "{gap:?}");
        peer.send(large("another")).await;
        peer.event("s", &event("2", "k", "{}")).await;
        assert_eq!(events.next().await.unwrap().unwrap().id(), "2");
        assert_eq!((session.stats().published, client.malformed_messages()), (3, 1));
    }
}

#[tokio::test]
async fn one_that_comes_before_its_session_has_an_id_is_a_gap_in_its_place() {
    let (mut peer, client) = Wire::Duplex.connect(options()).await;
    let config = SessionConfig::new().cloud(json!({ "repository": "o/r" }));
    let starting = tokio::spawn(client.create_session(config).start());
    let create = peer.expect("session.create").await;
    peer.event("c", &event("1", "k", "{}")).await;
    peer.send(large("c")).await;
    let start = event("2", "session.start", r#"{"producer":"copilot-agent"}"#);
    peer.event("c", &start).await;
    peer.answer(&create, r#"{"sessionId":"c"}"#).await;
    let session = starting.await.unwrap().unwrap();
    let mut events = session.events();
    assert_eq!(events.next_ready().unwrap().unwrap().id(), "1");
    assert_eq!(events.next_ready().unwrap().unwrap_err().missed(), 1);
    assert_eq!(events.next_ready().unwrap().unwrap().id(), "2");
    assert_eq!((client.malformed_messages(), client.orphan_events()), (0, 0));
}

#[tokio::test]
async fn an_answer_above_the_limit_fails_its_call_and_a_start_is_undone() {
    let (mut peer, client, session) = with_session(Wire::Duplex, options()).await;
    let history = tokio::spawn(session.history());
    let call = peer.expect("session.getMessages").await;
    peer.answer(&call, &format!("\"{}\"", "x".repeat(10_000))).await;
    let error = history.await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidResponse);
    assert!(error.to_string().contains("max_body"), "{error}");

    // What it may have started is detached.
    for unreadable in
        [format!("\"{}\"", "x".repeat(10_000)), "{\"sessionId\":\"t\",}".to_owned()]
    {
        let config = SessionConfig::new().session_id("t");
        let starting = tokio::spawn(client.create_session(config).start());
        let create = peer.expect("session.create").await;
        peer.answer(&create, &unreadable).await;
        let error = starting.await.unwrap().unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidResponse);
        let detach = peer.expect("session.detach").await;
        assert_eq!(detach["params"]["sessionId"], "t");
        peer.answer(&detach, r#"{"success":true}"#).await;
    }
    assert_eq!(session.close_reason(), None);
}

#[tokio::test]
async fn an_answer_above_the_limit_ends_its_call_wherever_its_outcome_stands() {
    let big = "x".repeat(10_000);
    for answer in [
        format!(
            r#"[{{"method":"n","params":"{big}"}},{{"jsonrpc":"2.0","id":ID,"result":1}}]"#
        ),
        format!(r#"{{"jsonrpc":"2.0","_meta":"{big}","result":1,"id":ID}}"#),
        format!(r#"{:10000}{{"jsonrpc":"2.0","id":ID,"result":1}}"#, ""),
    ] {
        let (mut peer, client) = Wire::Duplex.connect(options()).await;
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.call_raw("x", &json!({})).await }
        });
        let request = peer.expect("x").await;
        peer.send(answer.replace("ID", &request["id"].to_string())).await;
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidResponse);
        assert_eq!(client.malformed_messages(), 1);
    }
}
