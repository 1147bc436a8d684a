//! Starts that fail, are cancelled, or collide.

use std::error::Error as _;
use std::pin::pin;
use std::task::Poll;

use copilot_sessions::events::CloseReason;
use copilot_sessions::testing::AgentEvent;
use copilot_sessions::{Cursor, ErrorKind, ResumeConfig, SessionConfig};
use futures::{FutureExt, poll};
use serde_json::json;

use crate::{connected, kinds, numbered, take};

#[tokio::test]
async fn every_failure_keeps_its_kind_cleans_up_and_allows_a_retry_under_the_same_id() {
    type Answer = fn(copilot_sessions::testing::AgentRequest);
    let cases: [(Answer, ErrorKind); 6] = [
        (|request| request.error(-32_603, "no"), ErrorKind::Rpc(-32_603)),
        (|request| request.reply(json!({ "ok": true })), ErrorKind::InvalidResponse),
        (|request| request.reply(json!({ "sessionId": "other" })), ErrorKind::SessionMismatch),
        (
            |request| request.error(-32_603, "Session not found for sessionId: s"),
            ErrorKind::SessionNotFound,
        ),
        (
            |request| request.error(-32_603, "Session file is corrupted (line 2: no event)"),
            ErrorKind::SessionDamaged,
        ),
        (
            |request| request.error(-32_603, "failed: Failed to read JSONL from /s: line 2"),
            ErrorKind::SessionDamaged,
        ),
    ];
    for method in ["session.create", "session.resume"] {
        for (answer, kind) in cases.clone() {
            let (agent, client) = connected().await;
            agent.hold(method);
            let pending = match method {
                "session.create" => client.create_session(SessionConfig::new().session_id("s")),
                _ => client.resume_session("s", ResumeConfig::new()),
            };
            let mut early = pending.events();
            let starting = tokio::spawn(pending.start());
            let request = agent.expect(method).await;
            agent.emit("s", numbered(1));
            answer(request);
            let error = starting.await.unwrap().unwrap_err();
            assert_eq!(*error.kind(), kind);
            // What came is kept, the subscriber lives on, the registration is gone.
            assert_eq!(early.next_ready().unwrap().unwrap().id(), "n1");
            let pending = error.into_pending();
            agent.emit("s", numbered(2));
            client.ping("").await.unwrap();
            // An answer that can't be read may have started the session, which is detached then: the
            // agent tells of that too.
            let detached = u64::from(kind == ErrorKind::InvalidResponse);
            assert_eq!(client.orphan_events(), 1 + detached);

            let starting = tokio::spawn(pending.start());
            let request = agent.expect(method).await;
            assert_eq!(request.session_id(), "s");
            agent.emit("s", numbered(3));
            request.reply(json!({ "sessionId": "s" }));
            let session = starting.await.unwrap().unwrap();
            assert_eq!(take(early, 1).await[0].id(), "n3");
            assert_eq!(kinds(&take(session.events(), 2).await).len(), 2);
        }
    }
}

#[tokio::test]
async fn a_start_that_is_dropped_before_it_is_polled_sends_nothing() {
    let (agent, client) = connected().await;
    drop(client.create_session(SessionConfig::new()).start());
    client.ping("").await.unwrap();
    assert_eq!(agent.count("session.create"), 0);
}

/// Cancels a start after each number of polls that it can have, and tries again.
#[tokio::test]
async fn a_start_can_be_cancelled_at_every_await_and_tried_again() {
    for method in ["session.create", "session.resume"] {
        for polls in 0..12 {
            let (agent, client) = connected().await;
            let pending = match method {
                "session.create" => client.create_session(
                    SessionConfig::new()
                        .session_id("s")
                        .register_interest("a")
                        .register_interest("b"),
                ),
                _ => client.resume_session("s", ResumeConfig::new().register_interest("a")),
            };
            if method == "session.resume" {
                agent.emit("s", numbered(0));
            }
            let events = pending.events();
            let mut start = pending.start();
            let mut done = None;
            for _ in 0..polls {
                if let Poll::Ready(session) = poll!(&mut start) {
                    done = Some(session.unwrap());
                    break;
                }
                tokio::task::yield_now().await;
            }
            let session = if let Some(session) = done {
                session
            } else {
                let pending = start.cancel();
                client.ping("").await.unwrap();
                pending.start().await.unwrap()
            };
            assert_eq!(session.id().as_str(), "s");
            // The session works, and the stream from before the first try is the session's.
            let answer = session.send_and_wait("hello").await.unwrap();
            assert_eq!(answer.text(), "You said: hello");
            let published = session.stats().published;
            assert_eq!(
                take(events, usize::try_from(published).unwrap()).await.len() as u64,
                published
            );
            client.stop().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_start_that_was_given_up_is_detached_when_the_answer_comes() {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let pending = client.create_session(SessionConfig::new().session_id("s"));
    let mut start = pending.start();
    assert!(poll!(&mut start).is_pending());
    let request = agent.expect("session.create").await;
    drop(start);
    request.by_default();
    let detached = agent.wait_for("session.detach", 1).await;
    assert_eq!(detached.params["sessionId"], "s");
}

#[tokio::test(start_paused = true)] // The detach of the first try is not answered.
async fn the_late_answer_of_a_given_up_start_leaves_its_successor_alone() {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let mut start = client.create_session(SessionConfig::new().session_id("s")).start();
    assert!(poll!(&mut start).is_pending());
    let first = agent.expect("session.create").await;
    let starting = tokio::spawn(start.cancel().start());
    let second = agent.expect("session.create").await;
    first.reply(json!({ "sessionId": "s" }));
    second.reply(json!({ "sessionId": "s" }));
    let session = starting.await.unwrap().unwrap();
    agent.emit("s", numbered(1));
    session.wait_for_from(Cursor::START, |event| event.id() == "n1").await.unwrap();
    assert_eq!(agent.count("session.detach"), 0);
}

#[tokio::test]
async fn a_failed_post_create_step_detaches_and_gives_the_session_back() {
    let (agent, client) = connected().await;
    agent.hold("session.eventLog.registerInterest");
    let config = SessionConfig::new().session_id("s").register_interest("mcp.oauth_required");
    let starting = tokio::spawn(client.create_session(config).start());
    let interest = agent.expect("session.eventLog.registerInterest").await;
    assert_eq!(interest.params()["eventType"], "mcp.oauth_required");
    interest.error(-32_603, "no");
    let error = starting.await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Rpc(-32_603));
    assert_eq!(error.source().unwrap().to_string(), "no (code -32603)");
    agent.wait_for("session.detach", 1).await;
    agent.release("session.eventLog.registerInterest");
    error.into_pending().start().await.unwrap();
}

#[tokio::test]
async fn a_live_id_can_not_be_started_twice_and_the_live_one_is_not_harmed() {
    let (agent, client) = connected().await;
    let config = SessionConfig::new().session_id("s");
    let live = client.create_session(config.clone()).await.unwrap();
    let again = client.create_session(config).await.unwrap_err();
    assert_eq!(*again.kind(), ErrorKind::SessionInUse);
    let resumed = client.resume_session("s", ResumeConfig::new()).await.unwrap_err();
    assert_eq!(*resumed.kind(), ErrorKind::SessionInUse);
    drop((again, resumed));
    agent.emit("s", numbered(1));
    live.wait_for_from(Cursor::START, |event| event.id() == "n1").await.unwrap();
    assert_eq!(agent.count("session.create"), 1);
    assert_eq!(agent.count("session.resume"), 0);
    assert_eq!(agent.count("session.detach"), 0);
}

#[tokio::test]
async fn a_stale_handle_never_unregisters_its_successor() {
    let (agent, client) = connected().await;
    let stale = client.create_session(SessionConfig::new().session_id("s")).await.unwrap();
    // The runtime lets go of the session: its handle is stale from here on.
    agent.emit("s", AgentEvent::new("session.shutdown"));
    assert_eq!(stale.closed().await, CloseReason::Shutdown);
    client.ping("").await.unwrap();
    let successor = client.resume_session("s", ResumeConfig::new()).await.unwrap();
    drop(stale);
    client.ping("").await.unwrap();
    agent.emit("s", numbered(1));
    successor.wait_for_from(Cursor::START, |event| event.id() == "n1").await.unwrap();
    assert_eq!(agent.count("session.detach"), 0);
}

#[tokio::test]
async fn a_disconnected_id_can_be_resumed_while_the_closed_handle_lives() {
    let (agent, client) = connected().await;
    let first = client.create_session(SessionConfig::new().session_id("s")).await.unwrap();
    let closed = first.disconnect().await.unwrap();
    let second = client.resume_session("s", ResumeConfig::new()).await.unwrap();
    drop(closed);
    agent.emit("s", numbered(1));
    second.wait_for_from(Cursor::START, |event| event.id() == "n1").await.unwrap();
}

#[tokio::test]
async fn a_connection_that_ends_during_a_start_fails_it_with_the_reason() {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let pending = client.create_session(SessionConfig::new());
    let events = pending.events();
    let starting = tokio::spawn(pending.start());
    let create = agent.expect("session.create").await;
    agent.emit(create.session_id(), numbered(1));
    agent.cut();
    let error = starting.await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed(CloseReason::ConnectionLost(_))));
    // The subscriber sees what came, and then the end.
    assert_eq!(super::rest(events).await.len(), 1);
    let again = error.into_pending().start().await.unwrap_err();
    assert!(matches!(again.kind(), ErrorKind::Closed(CloseReason::ConnectionLost(_))));
}

#[tokio::test]
async fn a_client_that_is_stopped_during_a_start_fails_it_and_takes_no_other() {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let starting = tokio::spawn(client.create_session(SessionConfig::new()).start());
    let _create = agent.expect("session.create").await;
    let mut stop = pin!(client.stop());
    assert!(poll!(&mut stop).is_pending());
    let refused = client.create_session(SessionConfig::new()).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Closed(CloseReason::ClientStopped));
    stop.await.unwrap();
    let error = starting.await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Closed(CloseReason::ClientStopped));
}

#[tokio::test]
async fn an_option_that_is_no_json_is_named_and_nothing_is_sent() {
    let (agent, client) = connected().await;
    let config = SessionConfig::new()
        .option("tools", std::collections::HashMap::from([(vec![1_u8], 1)]));
    let error = client.create_session(config).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("`tools`"));
    assert_eq!(agent.count("session.create"), 0);
}

#[tokio::test]
async fn an_unanswered_request_of_the_runtime_does_not_hold_up_a_start() {
    let options = copilot_sessions::ClientOptions::new()
        .on_any_request(|_| futures::future::pending::<Result<_, _>>());
    let (agent, client) = super::connected_with(options).await;
    agent.hold("session.create");
    let starting = tokio::spawn(client.create_session(SessionConfig::new()).start());
    let create = agent.expect("session.create").await;
    let id = create.session_id();
    let mut asked = pin!(agent.request("sessionFs.readFile", json!({ "sessionId": id })));
    assert!(poll!(&mut asked).is_pending());
    create.by_default();
    starting.await.unwrap().unwrap();
    assert!(asked.now_or_never().is_none());
}
