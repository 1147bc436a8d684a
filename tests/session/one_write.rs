//! Several messages in one write of the runtime, which the connection reads as one.

use std::time::Duration;

use copilot_sessions::events::EventDraft;
use copilot_sessions::rpc::encode_frame;
use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{Client, Cursor, SessionConfig};
use futures::StreamExt;
use serde_json::json;
use tokio::time::timeout;

use crate::{connected, kinds, numbered, take};

/// The frame of an event.
fn frame(session: &str, event: AgentEvent) -> Vec<u8> {
    let event = EventDraft::from(event);
    let body = format!(
        r#"{{"jsonrpc":"2.0","method":"session.event","params":{{"sessionId":"{session}","event":{}}}}}"#,
        event.raw()
    );
    encode_frame(body.as_bytes()).to_vec()
}

/// With the clock paused this is no time at all: it passes once every task waits for ever.
const A_LOST_WAKE: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn one_write_with_events_of_many_sessions_wakes_the_readers_of_each() {
    let (agent, client) = connected().await;
    let mut waiting = Vec::new();
    let mut bytes = Vec::new();
    for number in 0..5 {
        let id = format!("s{number}");
        let config = SessionConfig::new().session_id(id.as_str());
        let session = client.create_session(config).await.unwrap();
        session
            .wait_for_from(Cursor::START, |event| event.kind() == "session.start")
            .await
            .unwrap();
        let mut events = session.live_events();
        let reader = tokio::spawn(async move { events.next().await.unwrap().unwrap() });
        // The reader waits before anything is sent.
        tokio::task::yield_now().await;
        bytes.extend(frame(&id, numbered(number)));
        waiting.push((session, reader));
    }
    agent.raw(bytes);
    for (number, (_session, reader)) in waiting.into_iter().enumerate() {
        let event =
            timeout(A_LOST_WAKE, reader).await.expect("a reader was not woken").unwrap();
        assert_eq!(event.id(), format!("n{number}"));
    }
}

/// Starts a session whose answer stands in one write with its first 100 events, the answer
/// first, last or among them, and reads it only once the session is active.
async fn answered_among_events(agent: &ScriptedAgent, client: &Client, place: usize) {
    agent.hold("session.create");
    let starting = tokio::spawn(client.create_session(SessionConfig::new()).start());
    let create = agent.expect("session.create").await;
    let session = create.session_id();
    let answer = json!({
        "jsonrpc": "2.0", "id": create.id(), "result": { "sessionId": session },
    });
    let mut messages = vec![frame(&session, AgentEvent::session_start(&session))];
    messages.extend((1..100).map(|number| frame(&session, numbered(number))));
    messages.insert(place, encode_frame(answer.to_string().as_bytes()).to_vec());
    agent.raw(messages.concat());
    let session = starting.await.unwrap().unwrap();
    let late = take(session.events(), 100).await;
    assert_eq!(kinds(&late)[0], "session.start");
    assert_eq!(late[99].id(), "n99");
}

#[tokio::test]
async fn events_in_the_same_write_as_the_answer_are_seen_by_a_late_reader() {
    let (agent, client) = connected().await;
    for place in [0, 1, 50, 100] {
        answered_among_events(&agent, &client, place).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_reader_sees_them_on_two_threads() {
    let (agent, client) = connected().await;
    for round in 0..40 {
        answered_among_events(&agent, &client, [0, 1, 50, 100][round % 4]).await;
    }
}
