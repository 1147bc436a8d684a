//! Sessions whose id the runtime chooses.

use copilot_sessions::testing::AgentEvent;
use copilot_sessions::{Cursor, ErrorKind, SessionConfig};
use futures::StreamExt;
use serde_json::json;

use crate::{connected, numbered, seqs, take};

fn cloud() -> SessionConfig {
    SessionConfig::new().cloud(json!({ "repository": "o/r" }))
}

#[tokio::test]
async fn events_before_and_after_the_start_answer_are_kept() {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let pending = client.create_session(cloud());
    assert_eq!(pending.id(), None);
    let events = pending.events();
    let starting = tokio::spawn(pending.start());
    let create = agent.expect("session.create").await;
    assert!(create.params().get("sessionId").is_none());
    agent.emit("chosen", numbered(1));
    agent.emit("foreign", numbered(100));
    agent.emit("chosen", numbered(2));
    create.reply(json!({ "sessionId": "chosen" }));
    agent.emit("chosen", AgentEvent::session_start("chosen"));
    agent.emit("chosen", numbered(3));
    let session = starting.await.unwrap().unwrap();
    assert_eq!(session.id().as_str(), "chosen");
    assert_eq!(client.orphan_events(), 1, "the foreign one, once nobody can claim it");
    let events = take(events, 4).await;
    let ids: Vec<_> = events.iter().map(copilot_sessions::Event::id).collect();
    assert_eq!((ids[0], ids[1], ids[3]), ("n1", "n2", "n3"));
    assert_eq!(events[2].kind(), "session.start");
    assert_eq!(seqs(&events), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_cloud_session_is_active_after_the_agents_session_start() {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let starting = tokio::spawn(client.create_session(cloud()).start());
    let create = agent.expect("session.create").await;
    create.reply(json!({ "sessionId": "chosen" }));
    let other = AgentEvent::new("session.start").data(json!({
        "sessionId": "chosen", "version": 1, "producer": "somebody-else",
        "copilotVersion": "0", "startTime": "",
    }));
    agent.emit("chosen", other);
    client.ping("").await.unwrap();
    tokio::task::yield_now().await;
    assert!(!starting.is_finished());
    agent.emit("chosen", AgentEvent::session_start("chosen"));
    starting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_chosen_id_that_is_live_already_fails_the_start_only() {
    let (agent, client) = connected().await;
    let live = client.create_session(SessionConfig::new().session_id("s")).await.unwrap();
    agent.hold("session.create");
    let starting = tokio::spawn(client.create_session(cloud()).start());
    agent.expect("session.create").await.reply(json!({ "sessionId": "s" }));
    let error = starting.await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::SessionInUse);
    agent.emit("s", numbered(1));
    live.wait_for_from(Cursor::START, |event| event.id() == "n1").await.unwrap();
    assert_eq!(agent.count("session.detach"), 0);
}

#[tokio::test]
async fn unclaimed_events_are_counted_when_the_last_start_ends() {
    let (agent, client) = connected().await;
    agent.emit("foreign", numbered(1));
    client.ping("").await.unwrap();
    assert_eq!(client.orphan_events(), 1);
}

#[tokio::test]
async fn events_beyond_the_orphan_buffer_become_a_gap() {
    /// How many events of sessions without an id are kept.
    const KEPT: u64 = 16_384;
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let pending = client.create_session(cloud());
    let mut events = pending.events();
    let starting = tokio::spawn(pending.start());
    let create = agent.expect("session.create").await;
    agent.burst("chosen", KEPT + 4, numbered);
    agent.emit("chosen", AgentEvent::session_start("chosen"));
    create.reply(json!({ "sessionId": "chosen" }));
    let session = starting.await.unwrap().unwrap();
    let gap = events.next().await.unwrap().unwrap_err();
    assert_eq!((gap.missed(), gap.resume_at().get()), (5, 6));
    let kept = take(events, usize::try_from(KEPT).unwrap()).await;
    assert_eq!((kept[0].id(), kept[0].seq().get()), ("n5", 6));
    assert_eq!(kept.last().unwrap().kind(), "session.start");
    assert_eq!(session.stats().published, KEPT + 5);
    assert_eq!(client.orphan_events(), 0);
}

#[tokio::test]
async fn a_start_of_the_agent_that_may_be_lost_fails_the_start() {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let starting = tokio::spawn(client.create_session(cloud()).start());
    let create = agent.expect("session.create").await;
    agent.emit("chosen", AgentEvent::session_start("chosen"));
    agent.burst("chosen", 16_384 + 4, numbered);
    create.reply(json!({ "sessionId": "chosen" }));
    let error = starting.await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Gap(_)), "{error}");
}
