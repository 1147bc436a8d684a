//! Handles: what they can do, what they keep alive, and how they end a session.

use std::sync::Arc;

use copilot_sessions::testing::AgentEvent;
use copilot_sessions::{
    AnySession, CloseReason, Cursor, ErrorKind, ResumeConfig, Session, SessionConfig,
};
use futures::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{active, connected, kinds, numbered, rest};

#[tokio::test]
async fn a_handle_of_a_pending_session_works_once_the_session_is_started() {
    let (_agent, client) = connected().await;
    let pending = client.create_session(SessionConfig::new());
    let handle = pending.handle();
    assert_eq!(*handle.send("too soon").await.unwrap_err().kind(), ErrorKind::NotStarted);
    assert_eq!(*handle.close().await.unwrap_err().kind(), ErrorKind::NotStarted);
    let events = handle.events();
    let session = pending.await.unwrap();
    assert_eq!(handle.send_and_wait("hello").await.unwrap().text(), "You said: hello");
    assert_eq!(handle.id(), Some(session.id()));
    session.disconnect().await.unwrap();
    assert_eq!(kinds(&rest(events).await)[0], "session.start");
}

#[tokio::test]
async fn any_number_of_tasks_work_with_one_session_by_their_handles() {
    let (_agent, _client, session) = active().await;
    let tasks = (0..8).map(|number| {
        let handle = session.handle();
        tokio::spawn(async move { handle.send_and_wait(format!("{number}")).await })
    });
    for (number, answer) in futures::future::join_all(tasks).await.into_iter().enumerate() {
        assert!(answer.unwrap().unwrap().text().contains(&number.to_string()));
    }
}

#[tokio::test]
async fn a_handle_ends_the_session_while_its_owner_keeps_it() {
    let (agent, _client, session) = active().await;
    let handle = session.handle();
    let mut events = session.events();
    assert_eq!(handle.close().await.unwrap(), CloseReason::Disconnected);
    while let Some(item) = events.next().await {
        item.unwrap();
    }
    // A second time and by the owner: nothing more is sent, and the first reason stays.
    assert_eq!(handle.close().await.unwrap(), CloseReason::Disconnected);
    let error = session.send("late").await.unwrap_err();
    assert_eq!(error.close_reason(), Some(&CloseReason::Disconnected));
    let closed = session.disconnect().await.unwrap();
    assert_eq!(closed.reason(), &CloseReason::Disconnected);
    assert_eq!(agent.count("session.detach"), 1);
}

#[tokio::test]
async fn an_id_is_free_when_a_handle_has_closed_its_session() {
    let (_agent, client, session) = active().await;
    let id = session.id().clone();
    session.handle().close().await.unwrap();
    let resumed = client.resume_session(id, ResumeConfig::new()).await.unwrap();
    // The stale owner takes nothing away from its successor.
    drop(session);
    assert_eq!(resumed.send_and_wait("still").await.unwrap().text(), "You said: still");
}

#[tokio::test]
async fn two_endings_at_once_detach_the_session_once() {
    let (agent, _client, session) = active().await;
    agent.hold("session.detach");
    let handle = session.handle();
    let first = tokio::spawn(handle.close());
    let detach = agent.expect("session.detach").await;
    let second = tokio::spawn(session.disconnect());
    tokio::task::yield_now().await;
    detach.reply(json!({ "success": true }));
    assert_eq!(first.await.unwrap().unwrap(), CloseReason::Disconnected);
    assert_eq!(second.await.unwrap().unwrap().reason(), &CloseReason::Disconnected);
    assert_eq!(agent.count("session.detach"), 1);
}

#[tokio::test]
async fn a_close_that_is_dropped_leaves_the_session_open() {
    let (agent, _client, session) = active().await;
    agent.hold("session.detach");
    let mut close = Box::pin(session.handle().close());
    assert!(close.as_mut().now_or_never().is_none());
    drop(agent.expect("session.detach").await);
    drop(close);
    assert_eq!(session.close_reason(), None);
    // And an end that the runtime announces now is one.
    agent.emit(session.id(), AgentEvent::new("session.shutdown"));
    assert_eq!(session.closed().await, CloseReason::Shutdown);
}

#[tokio::test]
async fn a_handle_keeps_neither_the_client_nor_the_session_alive() {
    let (agent, client, session) = active().await;
    let handle = session.handle();
    drop(session);
    assert_eq!(handle.close_reason(), Some(CloseReason::Dropped));
    let error = handle.call::<Value>("anything", &json!({})).await.unwrap_err();
    assert_eq!(error.close_reason(), Some(&CloseReason::Dropped));
    drop(client);
    agent.disconnected().await;
    // What was received can be read for as long as the handle exists.
    let first = handle.events().next().await.unwrap().unwrap();
    assert_eq!(first.kind(), "session.start");
}

#[tokio::test]
async fn a_closed_session_is_data_and_keeps_no_connection() {
    let (agent, client, session) = active().await;
    let id = session.id().clone();
    let closed = session.disconnect().await.unwrap();
    drop(client);
    agent.disconnected().await;
    assert_eq!(closed.id(), &id);
    let event = closed.events().next().await.unwrap().unwrap();
    assert_eq!((event.session_id(), event.kind()), (Some(&id), "session.start"));
}

#[tokio::test]
async fn a_session_that_was_ended_from_outside_becomes_a_closed_one() {
    let (agent, _client, session) = active().await;
    let id = session.id().clone();
    let ended = tokio::spawn(session.ended());
    agent.emit(&id, AgentEvent::new("session.shutdown"));
    let closed = ended.await.unwrap();
    assert_eq!((closed.id(), closed.reason()), (&id, &CloseReason::Shutdown));
    assert_eq!(agent.count("session.detach"), 0);
}

#[tokio::test]
async fn sessions_in_a_struct_are_started_shared_and_ended_in_place() {
    struct App {
        sessions: Vec<AnySession>,
    }
    let (agent, client) = connected().await;
    let app = Arc::new(Mutex::new(App {
        sessions: vec![
            client.create_session(SessionConfig::new().session_id("a")).into(),
            client.create_session(SessionConfig::new().session_id("b")).await.unwrap().into(),
        ],
    }));
    // A start that fails leaves the session pending, with its streams.
    let events = app.lock().await.sessions[0].events();
    agent.hold("session.create");
    let starting = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.lock().await.sessions[0].start().await }
    });
    agent.expect("session.create").await.error(-32603, "not now");
    let error = starting.await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Rpc(-32603));
    agent.release("session.create");
    assert!(app.lock().await.sessions[0].as_pending().is_some());
    // It is started again in place; starting an active one does nothing.
    for _ in 0..2 {
        app.lock().await.sessions[0].start().await.unwrap();
    }
    assert_eq!(agent.count("session.create"), 3);

    // One task works while another ends the session.
    let handle = app.lock().await.sessions[0].handle().unwrap();
    agent.hold("session.send");
    let work = tokio::spawn(handle.send_and_wait("hello"));
    drop(agent.expect("session.send").await);
    app.lock().await.sessions[0].disconnect().await.unwrap();
    let error = work.await.unwrap().unwrap_err();
    assert_eq!(error.close_reason(), Some(&CloseReason::Disconnected));
    let mut guard = app.lock().await;
    assert!(guard.sessions[0].as_closed().is_some());
    let error = guard.sessions[0].start().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Closed(CloseReason::Disconnected));
    assert_eq!(rest(events).await[0].kind(), "session.start");
    assert!(
        Session::try_from(guard.sessions.remove(1))
            .is_ok_and(|active: Session<copilot_sessions::Active>| active.id() == "b")
    );
}

#[tokio::test]
async fn a_start_in_place_that_is_dropped_leaves_the_session_pending() {
    let (agent, client) = connected().await;
    let mut session = AnySession::from(client.create_session(SessionConfig::new()));
    let id = session.id().cloned();
    agent.hold("session.create");
    let mut start = Box::pin(session.start());
    assert!(start.as_mut().now_or_never().is_none());
    drop(start);
    assert!(session.as_pending().is_some());
    assert_eq!((session.id(), session.close_reason()), (id.as_ref(), None));
    agent.release("session.create");
    assert!(session.as_active_mut().is_none());
    session.start().await.unwrap();
    assert!(session.as_active().is_some());
    session.as_active_mut().unwrap().reconfigure(ResumeConfig::new()).await.unwrap();
    assert_eq!(agent.count("session.resume"), 1);
}

#[tokio::test]
async fn a_session_is_reconfigured_in_place_while_it_works() {
    let (agent, _client, mut session) = active().await;
    let log = session.log().id();
    let handle = session.handle();
    agent.hold("session.send");
    let work = tokio::spawn(handle.send_and_wait("under way"));
    let send = agent.expect("session.send").await;
    agent.hold("session.resume");
    let mut reconfigure = Box::pin(session.reconfigure(ResumeConfig::new().model("other")));
    assert!(reconfigure.as_mut().now_or_never().is_none());
    let resume = agent.expect("session.resume").await;
    assert_eq!(resume.params()["model"], "other");
    let id = resume.session_id();
    resume.reply(json!({
        "sessionId": id, "workspacePath": "/w", "modelState": { "modelId": "other" },
        "capabilities": { "ui": { "canvases": true } },
    }));
    reconfigure.await.unwrap();
    assert_eq!(session.start_info().model(), Some(&json!({ "modelId": "other" })));
    assert!(session.capabilities().ui.canvases);
    assert_eq!(session.log().id(), log);
    for event in AgentEvent::turn("m", "under way", "done") {
        agent.emit(session.id(), event);
    }
    agent.emit(session.id(), AgentEvent::idle());
    send.reply(json!({ "messageId": "m" }));
    assert_eq!(work.await.unwrap().unwrap().text(), "done");
}

#[tokio::test]
async fn a_reconfiguration_that_fails_leaves_the_session_active() {
    let (agent, _client, mut session) = active().await;
    agent.hold("session.resume");
    for answer in [None, Some(json!({ "sessionId": "another" }))] {
        let expected = agent.expect("session.resume");
        let (outcome, ()) = tokio::join!(session.reconfigure(ResumeConfig::new()), async {
            match (expected.await, answer) {
                (request, None) => request.error(-32603, "no"),
                (request, Some(answer)) => request.reply(answer),
            }
        });
        outcome.unwrap_err();
        assert_eq!(session.close_reason(), None);
    }
    assert_eq!(session.send_and_wait("on").await.unwrap().text(), "You said: on");
}

#[tokio::test]
async fn capabilities_follow_what_the_runtime_announces() {
    let (agent, _client, session) = active().await;
    let before = session.capabilities();
    let changed = |data| AgentEvent::new("capabilities.changed").data(data);
    agent.emit(session.id(), changed(json!({ "ui": { "elicitation": true } })));
    // One that can't be read changes nothing.
    agent.emit(session.id(), changed(json!({ "ui": { "canvases": 5 } })));
    agent.emit(session.id(), numbered(1));
    session.wait_for_from(Cursor::START, |event| event.id() == "n1").await.unwrap();
    let after = session.capabilities();
    assert!(!before.ui.elicitation && after.ui.elicitation);
    assert_eq!(after.ui.canvases, before.ui.canvases);
}

#[tokio::test]
async fn a_deletion_that_fails_leaves_the_session_as_it_was() {
    for answer in [Some(json!({ "success": false })), None] {
        let (agent, client, session) = active().await;
        agent.hold("session.delete");
        let id = session.id().clone();
        let (outcome, ()) = tokio::join!(client.delete_session(&id), async {
            let request = agent.expect("session.delete").await;
            match answer {
                Some(answer) => request.reply(answer),
                None => request.error(-32603, "no"),
            }
        });
        assert!(!outcome.unwrap_or(false));
        assert_eq!(session.close_reason(), None);
        agent.emit(&id, AgentEvent::new("session.shutdown"));
        assert_eq!(session.closed().await, CloseReason::Shutdown);
    }
}

#[tokio::test]
async fn an_unloading_during_an_ending_that_fails_closes_the_log() {
    let (agent, client, session) = active().await;
    agent.hold("session.delete");
    let id = session.id().clone();
    let (outcome, ()) = tokio::join!(client.delete_session(&id), async {
        let request = agent.expect("session.delete").await;
        agent.emit(&id, AgentEvent::new("session.shutdown"));
        client.ping("").await.unwrap();
        assert_eq!(session.close_reason(), None);
        request.error(-32603, "no");
    });
    outcome.unwrap_err();
    assert_eq!(session.closed().await, CloseReason::Shutdown);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_follows_the_end_is_taken_for_a_second_and_no_longer() {
    for answered in [true, false] {
        let (agent, _client, session) = active().await;
        agent.hold("session.abort");
        let call = tokio::spawn(session.handle().abort());
        let request = agent.expect("session.abort").await;
        agent.lifecycle("session.deleted", session.id());
        session.closed().await;
        let ended = Instant::now();
        if answered {
            request.reply(json!({}));
            call.await.unwrap().unwrap();
        } else {
            let error = call.await.unwrap().unwrap_err();
            assert_eq!(error.close_reason(), Some(&CloseReason::Deleted));
            assert_eq!(ended.elapsed().as_secs(), 1);
        }
    }
}
