//! Duplicates, unknown kinds, malformed events.

use copilot_sessions::events::EventData;
use copilot_sessions::rpc::encode_frame;
use copilot_sessions::testing::AgentEvent;
use copilot_sessions::{ClientOptions, Cursor, SessionConfig};
use serde_json::json;

use crate::{active, connected_with, numbered, rest, seqs, take};

#[tokio::test]
async fn an_event_that_is_delivered_again_is_dropped_and_counted() {
    let (agent, _client, session) = active().await;
    let id = session.id().clone();
    // As a runtime does when its client lags: out of order, among new events.
    agent.burst(&id, 20_000, numbered);
    agent.burst(&id, 20_000, |index| numbered((index * 7919) % 20_000));
    agent.burst(&id, 20_000, |index| numbered(10_000 + index));
    agent.emit(&id, numbered(99_999));
    session.wait_for_from(Cursor::START, |event| event.id() == "n99999").await.unwrap();
    let stats = session.stats();
    assert_eq!(stats.duplicates, 20_000 + 10_000);
    let closed = session.disconnect().await.unwrap();
    let events = rest(closed.events()).await;
    let ids: Vec<_> = events
        .iter()
        .filter(|e| e.kind() == "test.numbered")
        .map(|e| e.id().to_owned())
        .collect();
    let expected: Vec<_> = (0..30_000).chain([99_999]).map(|n| format!("n{n}")).collect();
    assert_eq!(ids, expected);
    assert_eq!(seqs(&events), (1..=events.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_memory_of_ids_is_bounded_by_the_stated_number() {
    let (agent, client) = connected_with(ClientOptions::new().dedup_capacity(100)).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let id = session.id().clone();
    agent.burst(&id, 150, numbered);
    agent.emit(&id, numbered(149));
    agent.emit(&id, numbered(0));
    agent.emit(&id, AgentEvent::new("last"));
    session.wait_for_from(Cursor::START, |event| event.kind() == "last").await.unwrap();
    // The newest is known, the oldest forgotten.
    assert_eq!(session.stats().duplicates, 1);
}

#[tokio::test]
async fn an_unknown_kind_round_trips_byte_for_byte() {
    let (agent, _client, session) = active().await;
    let event = "{ \"type\":\"brand.new\" ,\"data\":{\"n\":1.0e+2,\"é\":\"\\u00e9\\/\",\"a\":[ ]},\t\"id\":\"x\",\"extra\":null }";
    let message = format!(
        r#"{{"jsonrpc":"2.0","method":"session.event","params":{{"sessionId":"{}","event":{event}}}}}"#,
        session.id()
    );
    agent.raw(encode_frame(message.as_bytes()));
    let received = session
        .wait_for_from(Cursor::START, |event| event.kind() == "brand.new")
        .await
        .unwrap();
    assert_eq!(received.raw(), event);
    assert!(matches!(received.data(), EventData::Unknown(None)));
    assert_eq!(received.problem(), None);
}

#[tokio::test]
async fn malformed_events_are_values_in_their_place() {
    let (agent, client, session) = active().await;
    let id = session.id().clone();
    let events = [
        "5",
        "[]",
        "{}",
        r#"{"type":7,"id":"a"}"#,
        r#"{"id":"b"}"#,
        r#"{"type":"assistant.message","id":"c","data":"not an object"}"#,
        r#"{"type":"no.data","id":"d"}"#,
    ];
    for event in events {
        let message = format!(
            r#"{{"jsonrpc":"2.0","method":"session.event","params":{{"sessionId":"{id}","event":{event}}}}}"#
        );
        agent.raw(encode_frame(message.as_bytes()));
    }
    agent.emit(&id, numbered(1));
    session.wait_for_from(Cursor::START, |event| event.id() == "n1").await.unwrap();
    let received = take(session.events(), 2 + events.len()).await;
    for (event, raw) in received[1..].iter().zip(events) {
        assert_eq!(event.raw(), raw);
    }
    assert_eq!(session.stats().malformed, 5);
    let wrong = &received[6];
    let EventData::Unknown(Some(error)) = wrong.data() else { panic!("{wrong:?}") };
    assert_eq!(error.event_kind(), "assistant.message");
    // A payload that is no JSON costs nobody the event, however its message is written.
    for (text, id) in [
        (
            r#"{"method":"session.event","params":{"sessionId":"ID","event":EVENT},"jsonrpc":"2.0"}"#,
            "e1",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"session.event","params":{"event":EVENT,"sessionId":"ID"}}"#,
            "e2",
        ),
        (
            r#"{"jsonrpc":"2.0", "method":"session.event","params":{"sessionId":"ID","event":EVENT}}"#,
            "e3",
        ),
    ] {
        let event = format!(r#"{{"type":"k","id":"{id}","data":{{"n":NaN}}}}"#);
        let text = text.replace("ID", session.id().as_str()).replace("EVENT", &event);
        agent.raw(encode_frame(text.as_bytes()));
        let kept =
            session.wait_for_from(Cursor::START, |event| event.id() == id).await.unwrap();
        assert_eq!(kept.raw(), event);
    }
    // Bad bodies and foreign notifications in between end nothing either.
    agent.raw(encode_frame(b"{\"jsonrpc\":\"2.0\",\"method\":"));
    agent.raw(encode_frame(b"\xff\xfe"));
    agent.notify("session.event", json!({ "event": { "type": "k", "id": "e" } }));
    agent.notify("who.knows", json!([1, 2]));
    client.ping("still there").await.unwrap();
    assert_eq!((client.malformed_messages(), client.orphan_events()), (2, 1));
}

#[tokio::test]
async fn a_frame_with_a_duplicate_field_is_counted_as_malformed() {
    let (agent, client, session) = active().await;
    let event = |id: &str| {
        format!(
            r#""params":{{"sessionId":"{}","event":{{"type":"k","id":"{id}"}}}}"#,
            session.id()
        )
    };
    let twice = format!(
        r#"{{"jsonrpc":"2.0","method":"session.event",{},{}}}"#,
        event("a"),
        event("b")
    );
    agent.raw(encode_frame(twice.as_bytes()));
    client.ping("").await.unwrap();
    assert_eq!(client.malformed_messages(), 1);
    assert_eq!(session.stats().published, 1, "session.start alone");
}
