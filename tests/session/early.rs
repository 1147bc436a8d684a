//! Events that come before anybody could be expected to listen.

use copilot_sessions::events::CloseReason;
use copilot_sessions::testing::AgentEvent;
use copilot_sessions::{ClientOptions, LogBounds, ResumeConfig, SessionConfig};
use futures::StreamExt;
use serde_json::json;

use crate::{connected, connected_with, kinds, numbered, rest, seqs, take};

#[tokio::test]
async fn a_burst_before_the_answer_reaches_concurrent_and_deferred_readers() {
    for method in ["session.create", "session.resume"] {
        let (agent, client) = connected().await;
        agent.hold(method);
        let pending = match method {
            "session.create" => client.create_session(SessionConfig::new()),
            _ => client.resume_session("s", ResumeConfig::new()),
        };
        let concurrent = tokio::spawn(take(pending.events(), 501));
        let starting = tokio::spawn(pending.start());
        let request = agent.expect(method).await;
        let id = request.session_id();
        agent.emit(&id, AgentEvent::session_start(&id));
        agent.burst(&id, 500, numbered);
        let concurrent = concurrent.await.unwrap();
        // Everything is there while the answer is still owed.
        assert!(!starting.is_finished());
        request.reply(json!({ "sessionId": id }));
        let session = starting.await.unwrap().unwrap();
        let deferred = take(session.events(), 501).await;
        assert_eq!(seqs(&concurrent), (1..=501).collect::<Vec<_>>());
        assert_eq!(kinds(&concurrent)[..2], ["session.start", "test.numbered"]);
        assert!(concurrent.iter().zip(&deferred).all(|(one, other)| one.raw() == other.raw()));
        assert_eq!(deferred.len(), 501);
    }
}

#[tokio::test]
async fn events_that_came_before_a_reader_are_replayed_to_it() {
    let (agent, client) = connected().await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    agent.burst(session.id(), 100, numbered);
    agent.flushed().await;
    tokio::task::yield_now().await;
    let late = take(session.events(), 101).await;
    assert_eq!(late[0].kind(), "session.start");
    assert_eq!(late[100].id(), "n99");
}

#[tokio::test]
async fn an_undersized_backlog_reports_lag_and_keeps_the_tail() {
    let options = ClientOptions::new()
        .log_bounds(LogBounds::default().max_events(16).max_bytes(usize::MAX));
    let (agent, client) = connected_with(options).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    agent.burst(session.id(), 1000, numbered);
    // Its answer comes behind the burst.
    client.ping("").await.unwrap();
    let closed = session.disconnect().await.unwrap();
    let items: Vec<_> = closed.events().collect().await;
    let gap = items[0].as_ref().unwrap_err();
    let delivered = items.iter().filter(|item| item.is_ok()).count() as u64;
    assert_eq!(gap.missed() + delivered, closed.stats().published);
    assert_eq!(closed.stats().published, 1002);
    assert!(delivered >= 16);
    assert_eq!(items.last().unwrap().as_ref().unwrap().kind(), "session.shutdown");
}

#[tokio::test]
async fn a_pending_session_is_inert_until_it_is_started() {
    let (agent, client) = connected().await;
    let pending = client.create_session(SessionConfig::new().session_id("s"));
    let before = agent.received().len();
    client.ping("are you there").await.unwrap();
    assert_eq!(agent.received().len(), before + 1);
    // Nothing of it is registered: an event of that id belongs to nobody.
    agent.emit("s", numbered(1));
    client.ping("again").await.unwrap();
    assert_eq!(client.orphan_events(), 1);
    assert_eq!(pending.stats().published, 0);
}

#[tokio::test]
async fn dropping_an_unstarted_session_ends_its_streams_and_leaves_nothing() {
    let (agent, client) = connected().await;
    let pending = client.create_session(SessionConfig::new().session_id("s"));
    let events = pending.events();
    drop(pending);
    assert_eq!(events.close_reason(), Some(CloseReason::NeverStarted));
    assert!(rest(events).await.is_empty());
    let session = client.create_session(SessionConfig::new().session_id("s")).await.unwrap();
    assert_eq!(session.id().as_str(), "s");
    assert_eq!(agent.count("session.create"), 1);
}

#[tokio::test]
async fn a_random_uuid_is_sent_unless_an_id_is_given() {
    let (agent, client) = connected().await;
    let pending = client.create_session(SessionConfig::new());
    let id = pending.id().unwrap().clone();
    assert_eq!(id.as_str().len(), 36);
    let session = pending.await.unwrap();
    assert_eq!(*session.id(), id);
    let sent = agent.wait_for("session.create", 1).await;
    assert_eq!(sent.params["sessionId"], json!(id));
}
