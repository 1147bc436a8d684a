//! What an active session can do.

use std::error::Error as _;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use copilot_sessions::events::EventData;
use copilot_sessions::events::kinds::AssistantMessageDelta;
use copilot_sessions::testing::AgentEvent;
use copilot_sessions::{
    AnySession, CloseReason, Cursor, ErrorKind, EventStreamExt, Message, ResumeConfig,
    SessionConfig,
};
use futures::{StreamExt, TryStreamExt, poll};
use serde_json::{Value, json};

use crate::{active, connected, kinds, rest};

#[tokio::test]
async fn an_active_session_has_the_start_answers_fields() {
    let (_agent, _client, session) = active().await;
    let path = session.workspace_path().unwrap();
    assert!(path.starts_with(Path::new("/scripted")));
    assert!(!session.capabilities().ui.elicitation);

    let (agent, client) = connected().await;
    agent.hold("session.create");
    let (session, ()) =
        futures::join!(client.create_session(SessionConfig::new()).start(), async {
            let create = agent.expect("session.create").await;
            let id = create.session_id();
            let capabilities = json!({ "ui": { "elicitation": true } });
            create.reply(json!({ "sessionId": id, "capabilities": capabilities }));
        });
    assert!(session.unwrap().capabilities().ui.elicitation);
}

#[tokio::test]
async fn a_call_whose_session_ends_meanwhile_fails_with_the_reason() {
    let (agent, _client, session) = active().await;
    agent.hold("session.abort");
    let mut call = pin!(session.abort());
    assert!(poll!(&mut call).is_pending());
    let request = agent.expect("session.abort").await;
    request.error(-32_603, "gone");
    agent.lifecycle("session.deleted", session.id().clone());
    session.closed().await;
    let error = call.await.unwrap_err();
    assert_eq!(error.close_reason(), Some(&CloseReason::Deleted));
    let answer = error.source().unwrap();
    assert_eq!(answer.source().unwrap().to_string(), "gone (code -32603)");

    // It does not wait for an answer that may never come.
    let (agent, _client, session) = active().await;
    agent.hold("session.abort");
    let mut call = pin!(session.abort());
    assert!(poll!(&mut call).is_pending());
    agent.lifecycle("session.deleted", session.id().clone());
    assert_eq!(call.await.unwrap_err().close_reason(), Some(&CloseReason::Deleted));

    // An error that tells the reason itself keeps what is behind it.
    let (agent, _client, session) = active().await;
    agent.hold("session.abort");
    let mut call = pin!(session.abort());
    assert!(poll!(&mut call).is_pending());
    agent.expect("session.abort").await;
    agent.cut();
    let error = call.await.unwrap_err();
    assert!(matches!(error.close_reason(), Some(CloseReason::ConnectionLost(_))));
    assert_eq!(error.source().unwrap().to_string(), "the peer closed the connection");
}

#[tokio::test]
async fn an_error_that_names_no_message_counts_only_if_the_agent_was_idle_before() {
    let failed = AgentEvent::new("session.error")
        .data(json!({ "errorType": "query", "message": "no", "stack": "" }));
    for was_busy in [false, true] {
        let (agent, _client, session) = active().await;
        let id = session.id().clone();
        agent.hold("session.send");
        if was_busy {
            agent.emit(&id, AgentEvent::new("assistant.turn_start").id("earlier"));
            session
                .wait_for_from(Cursor::START, |event| event.id() == "earlier")
                .await
                .unwrap();
        }
        let mut asking = pin!(session.send_and_wait("hello"));
        assert!(poll!(&mut asking).is_pending());
        agent.expect("session.send").await.reply(json!({ "messageId": "m" }));
        agent.emit(&id, failed.clone().id("failed"));
        let seen = session.wait_for_from(Cursor::START, |event| event.id() == "failed");
        match futures::future::select(asking, pin!(seen)).await {
            futures::future::Either::Left((answer, _)) => {
                assert!(!was_busy);
                let kind = ErrorKind::TurnFailed("query".into());
                assert_eq!(*answer.unwrap_err().kind(), kind);
            }
            futures::future::Either::Right((_, mut asking)) => {
                assert_eq!(poll!(&mut asking).is_pending(), was_busy);
            }
        }
    }
}

#[tokio::test]
async fn concurrent_waits_get_their_own_answers() {
    let (_agent, _client, session) = active().await;
    let questions = (0..50).map(|number| {
        let session = &session;
        async move {
            let question = format!("question {number}");
            let answer = session.send_and_wait(question.as_str()).await.unwrap();
            assert_eq!(answer.text(), format!("You said: {question}"));
            assert_eq!(answer.to_string(), answer.text());
        }
    });
    futures::future::join_all(questions).await;
}

#[tokio::test]
async fn message_options_are_sent_by_their_wire_names() {
    let (agent, _client, session) = active().await;
    let message = Message::new("look")
        .immediate()
        .display_prompt("shown")
        .attachment(json!({ "type": "file", "path": "a.rs" }))
        .option("requiredTool", "grep");
    session.send(message).await.unwrap();
    let sent = agent.wait_for("session.send", 1).await.params;
    assert_eq!(
        sent,
        json!({
            "sessionId": session.id(), "prompt": "look", "mode": "immediate",
            "displayPrompt": "shown", "requiredTool": "grep",
            "attachments": [{ "type": "file", "path": "a.rs" }],
        })
    );
}

#[tokio::test]
async fn a_turn_whose_events_all_come_before_the_answer_to_send_is_answered() {
    let (agent, _client, session) = active().await;
    agent.hold("session.send");
    let asking = tokio::spawn(async move { (session.send_and_wait("early").await, session) });
    let request = agent.expect("session.send").await;
    let id = request.session_id();
    for event in AgentEvent::turn("m", "early", "bird") {
        agent.emit(&id, event);
    }
    agent.emit(&id, AgentEvent::idle());
    request.reply(json!({ "messageId": "m" }));
    let (answer, _session) = asking.await.unwrap();
    assert_eq!(answer.unwrap().text(), "bird");
}

#[tokio::test]
async fn an_abort_ends_the_wait() {
    let (agent, _client, session) = active().await;
    agent.hold("session.send");
    let mut asking = pin!(session.send_and_wait("long work"));
    assert!(poll!(&mut asking).is_pending());
    let request = agent.expect("session.send").await;
    let id = request.session_id();
    request.reply(json!({ "messageId": "m" }));
    agent.emit(
        &id,
        AgentEvent::new("user.message").data(json!({ "content": "", "messageId": "m" })),
    );
    let (answer, aborted) = futures::join!(asking, session.abort());
    aborted.unwrap();
    assert_eq!(*answer.unwrap_err().kind(), ErrorKind::Aborted);
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_idle_triggers_a_query() {
    const QUEUE: &str = "session.queue.pendingItems";
    const WORK: &str = "session.metadata.isProcessing";
    let (agent, _client, session) = active().await;
    for method in ["session.send", QUEUE, WORK] {
        agent.hold(method);
    }
    let mut asking = pin!(session.send_and_wait("hello"));
    assert!(poll!(&mut asking).is_pending());
    let request = agent.expect("session.send").await;
    let id = request.session_id();
    request.reply(json!({ "messageId": "m" }));
    let taken_up = json!({ "content": "hello", "messageId": "m" });
    agent.emit(&id, AgentEvent::new("user.message").data(taken_up));
    agent.emit(&id, AgentEvent::idle());
    let answering = async {
        // What can't be told now is asked again.
        agent.expect(QUEUE).await.error(-32_603, "not now");
        agent.expect(QUEUE).await.reply(json!({ "items": [{ "messageId": "m" }] }));
        agent.expect(QUEUE).await.reply(json!({ "items": [{ "messageId": "n" }] }));
        agent.expect(WORK).await.reply(json!({ "processing": true }));
        agent.expect(QUEUE).await.reply(json!({ "items": [] }));
        agent.expect(WORK).await.reply(json!({ "processing": false }));
    };
    let (answer, ()) = futures::join!(asking, answering);
    assert_eq!(answer.unwrap().text(), "");
    assert_eq!((agent.count(QUEUE), agent.count(WORK)), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn the_inactivity_timeout_fails_the_wait() {
    let (agent, _client, session) = active().await;
    agent.hold("session.send");
    let message = Message::new("anybody there?").inactivity(Duration::from_secs(60));
    let mut asking = pin!(session.send_and_wait(message));
    assert!(poll!(&mut asking).is_pending());
    agent.expect("session.send").await.reply(json!({ "messageId": "m" }));
    assert_eq!(*asking.await.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn wait_for_finds_past_and_future_events() {
    let (agent, _client, session) = active().await;
    session
        .wait_for_from(Cursor::START, |event| event.kind() == "session.start")
        .await
        .unwrap();
    let mut later = pin!(session.wait_for_from(Cursor::START, |event| event.kind() == "later"));
    assert!(poll!(&mut later).is_pending());
    agent.emit(session.id(), AgentEvent::new("later"));
    assert_eq!(later.await.unwrap().kind(), "later");
    let mut never = pin!(session.wait_for_from(Cursor::START, |_| false));
    assert!(poll!(&mut never).is_pending());
    agent.cut();
    let error = never.await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed(CloseReason::ConnectionLost(_))));
}

#[tokio::test]
async fn history_is_a_log_of_what_was_persisted() {
    let (_agent, _client, session) = active().await;
    session.send_and_wait("hello").await.unwrap();
    let history = rest(session.history().await.unwrap().events()).await;
    assert_eq!(
        kinds(&history),
        [
            "session.start",
            "user.message",
            "assistant.turn_start",
            "assistant.message",
            "assistant.turn_end"
        ]
    );
    assert_eq!(history[0].seq().get(), 1);
}

#[tokio::test]
async fn calls_carry_the_sessions_id() {
    let (agent, _client, session) = active().await;
    agent.hold("session.mode.set");
    let params = json!({ "mode": "plan" });
    let mut call = pin!(session.call::<Value>("session.mode.set", &params));
    assert!(poll!(&mut call).is_pending());
    let request = agent.expect("session.mode.set").await;
    assert_eq!(*request.params(), json!({ "mode": "plan", "sessionId": session.id() }));
    request.reply(json!({ "done": true }));
    assert_eq!(call.await.unwrap(), json!({ "done": true }));

    let error = session.call::<Value>("x", &[1]).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidInput);
    let error = session.call::<Value>("no.such.method", &json!({})).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Rpc(-32_601));
    agent.hold("odd");
    let mut odd = pin!(session.call::<u64>("odd", &()));
    assert!(poll!(&mut odd).is_pending());
    agent.expect("odd").await.reply(json!("text"));
    assert_eq!(*odd.await.unwrap_err().kind(), ErrorKind::InvalidResponse);
}

#[tokio::test]
async fn stream_adapters_compose_with_futures_adapters() {
    let (_agent, _client, session) = active().await;
    let text = session.live_events().of::<AssistantMessageDelta>();
    session.send_and_wait("one two three").await.unwrap();
    let text: Vec<_> =
        text.map_ok(|delta| delta.delta_content.clone()).take(5).try_collect().await.unwrap();
    assert_eq!(text.concat(), "You said: one two three");
}

#[tokio::test]
async fn any_session_answers_in_every_state() {
    let (_agent, client) = connected().await;
    let pending = client.create_session(SessionConfig::new());
    let id = pending.id().unwrap().clone();
    let mut any = AnySession::from(pending);
    assert_eq!(any.stats().published, 0);
    let AnySession::Pending(pending) = any else { unreachable!() };
    any = pending.await.unwrap().into();
    assert_eq!(any.stats().published, any.log().stats().published);
    assert_eq!(any.id(), Some(&id));
    any.as_active().unwrap().send_and_wait("hello").await.unwrap();
    let AnySession::Active(active) = any else { unreachable!() };
    any = active.disconnect().await.unwrap().into();
    assert_eq!(any.close_reason(), Some(CloseReason::Disconnected));
    let whole = rest(any.events()).await;
    assert_eq!(kinds(&whole)[0], "session.start");
    assert_eq!(any.log().stats().published, whole.len() as u64);
    assert!(any.as_active().is_none());
    assert_eq!(any.stats().published, whole.len() as u64);
}

#[tokio::test]
async fn a_snapshot_and_its_stream_cover_every_event_once() {
    let (_agent, _client, session) = active().await;
    session.send_and_wait("before").await.unwrap();
    let (snapshot, rest_of_it) = session.snapshot_and_follow();
    session.send_and_wait("after").await.unwrap();
    let closed = session.disconnect().await.unwrap();
    let mut story: Vec<_> = snapshot.events().cloned().collect();
    story.extend(rest_of_it.map(Result::unwrap).collect::<Vec<_>>().await);
    let whole = rest(closed.events()).await;
    assert_eq!(kinds(&story), kinds(&whole));
}

#[tokio::test]
async fn the_scripted_agents_events_decode() {
    let (_agent, client, session) = active().await;
    session.send_and_wait("hello").await.unwrap();
    session.abort().await.unwrap();
    let closed = session.disconnect().await.unwrap();
    let mut events = rest(closed.events()).await;
    let again = client.resume_session(closed.id().clone(), ResumeConfig::new()).await.unwrap();
    events.extend(rest(again.disconnect().await.unwrap().events()).await);
    for kind in ["session.start", "abort", "session.shutdown", "session.resume"] {
        assert!(kinds(&events).contains(&kind), "{kind} in {events:?}");
    }
    for event in events {
        let wrong = matches!(event.data(), EventData::Unknown(_));
        assert!(!wrong, "{} {:?}", event.raw(), event.data());
    }
    client.stop().await.unwrap();
}
