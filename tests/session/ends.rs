//! Every end closes every stream, behind the last event, with its reason.

use std::error::Error as _;

use copilot_sessions::events::CloseReason;
use copilot_sessions::session::ConnectionState;
use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{Client, ClientOptions, ErrorKind, ResumeConfig, SessionConfig};
use futures::{StreamExt, poll};
use serde_json::json;

use crate::{active, connected, connected_with, kinds, numbered, rest};

/// Ends the connection by `end` while events are in flight, and looks at everything.
async fn dies(
    end: impl AsyncFnOnce(ScriptedAgent, Client),
    expected: impl Fn(&CloseReason) -> bool,
) {
    let (agent, client, first) = active().await;
    let second = client.create_session(SessionConfig::new()).await.unwrap();
    let streams = [first.events(), second.events(), first.live_events()];
    let waiting =
        tokio::spawn(async move { (first.send_and_wait("never answered").await, first) });
    agent.hold("session.send");
    let _unanswered = agent.expect("session.send").await;
    agent.burst(second.id(), 1000, numbered);
    agent.flushed().await;
    end(agent.clone(), client.clone()).await;
    let (answer, first) = waiting.await.unwrap();
    let error = answer.unwrap_err();
    let reason = error.close_reason().unwrap();
    assert!(expected(reason), "{reason:?}");
    for stream in streams {
        let reason = stream.log_reason().await;
        assert!(expected(&reason), "{reason:?}");
    }
    // What was read is kept, in order; by force, what was on its way is left unread.
    let story = rest(second.events()).await;
    let numbered: Vec<_> = story.iter().filter(|e| e.kind() == "test.numbered").collect();
    let in_order = numbered.iter().enumerate().all(|(i, event)| event.id() == format!("n{i}"));
    assert!(in_order);
    if client.closed().await != CloseReason::ForceStopped {
        assert_eq!(numbered.len(), 1000);
    }
    // Calls fail at once, with the same reason.
    let error = first.send("too late").await.unwrap_err();
    assert!(expected(error.close_reason().unwrap()));
    assert!(expected(&client.closed().await));
}

trait LogReason {
    async fn log_reason(self) -> CloseReason;
}

impl LogReason for copilot_sessions::EventStream {
    /// The reason once the stream has ended.
    async fn log_reason(mut self) -> CloseReason {
        while self.next().await.is_some() {}
        self.close_reason().unwrap()
    }
}

#[tokio::test]
async fn a_lost_connection_closes_every_log() {
    dies(
        async |agent, _| agent.cut(),
        |reason| matches!(reason, CloseReason::ConnectionLost(_)),
    )
    .await;
}

#[tokio::test]
async fn a_framing_error_closes_every_log() {
    dies(
        async |agent, _| agent.raw("Content-Length: -1\r\n\r\n"),
        |reason| matches!(reason, CloseReason::ConnectionLost(_)),
    )
    .await;
}

#[tokio::test]
async fn force_stop_closes_every_log() {
    dies(
        async |_, client| client.force_stop().await,
        |reason| *reason == CloseReason::ForceStopped,
    )
    .await;
}

#[tokio::test]
async fn stop_closes_every_log() {
    dies(
        async |_, client| drop(client.stop().await.unwrap()),
        |reason| *reason == CloseReason::ClientStopped,
    )
    .await;
}

#[tokio::test]
async fn dropping_the_last_handle_closes_every_log() {
    let (agent, client, session) = active().await;
    let events = session.events();
    drop((client, session));
    assert_eq!(events.log_reason().await, CloseReason::Dropped);
    agent.disconnected().await;
}

#[tokio::test]
async fn a_session_keeps_the_connection_and_a_stream_does_not() {
    let (agent, client, session) = active().await;
    drop(client);
    session.send_and_wait("hello").await.unwrap();
    let events = session.events();
    drop(session);
    agent.disconnected().await;
    assert_eq!(events.log_reason().await, CloseReason::Dropped);
}

#[tokio::test]
async fn dropping_a_session_detaches_it_and_leaves_the_others() {
    let (agent, client, session) = active().await;
    let other = client.create_session(SessionConfig::new()).await.unwrap();
    let id = session.id().clone();
    let events = session.events();
    drop(session);
    assert_eq!(events.log_reason().await, CloseReason::Dropped);
    let detached = agent.wait_for("session.detach", 1).await;
    assert_eq!(detached.params["sessionId"], json!(id));
    other.send_and_wait("hello").await.unwrap();
}

#[tokio::test]
async fn events_before_the_detach_answer_are_in_the_log() {
    let (_agent, _client, session) = active().await;
    let live = tokio::spawn(rest(session.events()));
    let closed = session.disconnect().await.unwrap();
    assert_eq!(*closed.reason(), CloseReason::Disconnected);
    let live = live.await.unwrap();
    assert_eq!(kinds(&live), ["session.start", "session.shutdown"]);
    let replay = rest(closed.events()).await;
    assert_eq!(kinds(&replay), kinds(&live));
}

#[tokio::test]
async fn a_disconnect_that_the_runtime_refuses_gives_the_session_back_closed() {
    let (agent, _client, session) = active().await;
    agent.hold("session.detach");
    let ending = tokio::spawn(session.disconnect());
    agent.expect("session.detach").await.error(-32_603, "no");
    let error = ending.await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Rpc(-32_603));
    assert!(error.to_string().contains("session.detach"), "{error}");
    assert_eq!(error.source().unwrap().to_string(), "no (code -32603)");
    let closed = error.into_closed();
    assert_eq!(*closed.reason(), CloseReason::Disconnected);
    assert_eq!(rest(closed.events()).await.len(), 1);
}

#[tokio::test]
async fn a_disconnect_counts_as_done_if_the_session_is_gone_and_not_if_the_runtime_says_no() {
    let (agent, client, session) = active().await;
    agent.hold("session.detach");
    let ending = tokio::spawn(session.disconnect());
    agent.expect("session.detach").await.error(-32_603, "Session not found: x");
    ending.await.unwrap().unwrap();

    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let ending = tokio::spawn(session.disconnect());
    let answer = json!({ "success": false, "error": "still writing" });
    agent.expect("session.detach").await.reply(answer);
    let error = ending.await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidResponse);
    assert!(error.to_string().contains("still writing"), "{error}");
}

#[tokio::test]
async fn a_detach_that_fails_is_not_tried_as_a_destroy() {
    let (agent, client, session) = active().await;
    agent.hold("session.detach");
    drop(session);
    agent.expect("session.detach").await.error(-32_603, "no");
    client.stop().await.unwrap();
    assert_eq!(agent.count("session.destroy"), 0);
}

#[tokio::test]
async fn older_runtimes_are_disconnected_by_destroy() {
    let (agent, _client, session) = active().await;
    agent.hold("session.detach");
    let ending = tokio::spawn(session.disconnect());
    agent.expect("session.detach").await.error(-32_601, "Unhandled method session.detach");
    ending.await.unwrap().unwrap();
    assert_eq!(agent.count("session.destroy"), 1);
}

#[tokio::test]
async fn dropping_a_session_falls_back_to_destroy() {
    let (agent, client, session) = active().await;
    agent.hold("session.detach");
    let id = session.id().clone();
    drop(session);
    agent.expect("session.detach").await.error(-32_601, "Unhandled method session.detach");
    let destroyed = agent.wait_for("session.destroy", 1).await;
    assert_eq!(destroyed.params["sessionId"], json!(id));
    client.stop().await.unwrap();
}

/// The resume has waited for an answer until its limit.
#[tokio::test(start_paused = true)]
async fn an_older_runtime_is_not_told_to_destroy_what_was_resumed_meanwhile() {
    let (agent, client, session) = active().await;
    agent.hold("session.detach");
    let id = session.id().clone();
    drop(session);
    let detach = agent.expect("session.detach").await;
    let session = client.resume_session(id, ResumeConfig::new()).await.unwrap();
    detach.error(-32_601, "Unhandled method session.detach");
    session.send_and_wait("still there?").await.unwrap();
    assert_eq!(agent.count("session.destroy"), 0);
}

#[tokio::test]
async fn a_delete_by_any_client_closes_the_log_as_deleted() {
    let (agent, client, session) = active().await;
    let closed = session.delete().await.unwrap();
    assert_eq!(*closed.reason(), CloseReason::Deleted);

    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let events = session.events();
    assert!(client.delete_session(session.id()).await.unwrap());
    assert_eq!(events.log_reason().await, CloseReason::Deleted);

    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let events = session.events();
    agent.lifecycle("session.deleted", session.id().as_str());
    assert_eq!(events.log_reason().await, CloseReason::Deleted);
    let error = session.send("hello").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Closed(CloseReason::Deleted));
    let closed = session.disconnect().await.unwrap();
    assert_eq!(*closed.reason(), CloseReason::Deleted);
    assert_eq!(agent.count("session.detach"), 0);
}

#[tokio::test]
async fn a_session_that_the_runtime_unloads_ends_behind_what_follows() {
    let (agent, _client, session) = active().await;
    let id = session.id().clone();
    agent.emit(&id, AgentEvent::new("session.shutdown"));
    agent.emit(&id, AgentEvent::new("session.background_tasks_changed"));
    let events = session.events();
    assert_eq!(session.closed().await, CloseReason::Shutdown);
    let events = rest(events).await;
    assert_eq!(events.last().unwrap().kind(), "session.background_tasks_changed");
}

#[tokio::test(start_paused = true)]
async fn a_log_is_closed_only_once_the_runtime_has_answered_behind_its_shutdown() {
    let (agent, _client, session) = active().await;
    agent.hold("ping");
    let (id, events) = (session.id().clone(), session.events());
    agent.emit(&id, AgentEvent::new("session.shutdown"));
    // On the paused clock, this is over at once if no request is ever made.
    let limit = std::time::Duration::from_secs(3600);
    let ping = tokio::time::timeout(limit, agent.expect("ping"));
    let ping = ping.await.expect("the log was closed without a round trip");
    assert_eq!(session.close_reason(), None);
    agent.emit(&id, numbered(1));
    ping.reply(json!({ "message": "", "timestamp": "0", "protocolVersion": 3 }));
    let events = rest(events).await;
    assert_eq!(kinds(&events), ["session.start", "session.shutdown", "test.numbered"]);
    assert_eq!(session.close_reason(), Some(CloseReason::Shutdown));
}

#[tokio::test]
async fn a_shutdown_that_a_disconnect_caused_is_not_the_reason_of_the_end() {
    let (agent, client, session) = active().await;
    agent.hold("session.detach");
    let id = session.id().clone();
    let disconnect = tokio::spawn(session.disconnect());
    let detach = agent.expect("session.detach").await;
    agent.emit(&id, AgentEvent::new("session.shutdown"));
    // The answer to another request shows that the shutdown was read.
    let _ = client.ping("").await.unwrap();
    let _ = client.ping("").await.unwrap();
    detach.reply(json!({ "success": true }));
    let closed = disconnect.await.unwrap().unwrap();
    assert_eq!(*closed.reason(), CloseReason::Disconnected);
    assert_eq!(closed.events().log_reason().await, CloseReason::Disconnected);
}

#[tokio::test]
async fn a_shutdown_of_a_sub_agent_ends_nothing() {
    let (agent, client, session) = active().await;
    agent.emit(session.id(), AgentEvent::new("session.shutdown").agent("a"));
    client.ping("").await.unwrap();
    client.ping("").await.unwrap();
    assert_eq!(session.close_reason(), None);
}

#[tokio::test]
async fn stopping_collects_every_error_and_stops_all_the_same() {
    let (agent, client, session) = active().await;
    let _second = client.create_session(SessionConfig::new()).await.unwrap();
    agent.hold("session.detach");
    let stopping = tokio::spawn({
        let client = client.clone();
        async move { client.stop().await }
    });
    for _ in 0..2 {
        agent.expect("session.detach").await.error(-32_603, "no");
    }
    let error = stopping.await.unwrap().unwrap_err();
    assert_eq!(error.errors().len(), 2);
    assert_eq!(session.close_reason(), Some(CloseReason::ClientStopped));
    client.stop().await.unwrap();
}

#[tokio::test]
async fn stopping_waits_until_the_sessions_dropped_before_are_detached() {
    let (agent, client, session) = active().await;
    agent.hold("session.detach");
    drop(session);
    let request = agent.expect("session.detach").await;
    let mut stopping = std::pin::pin!(client.stop());
    assert!(poll!(&mut stopping).is_pending());
    assert_eq!(client.connection_state(), ConnectionState::Stopping);
    client.ping("").await.unwrap();
    assert!(poll!(&mut stopping).is_pending());
    request.reply(json!({ "success": true }));
    stopping.await.unwrap();
}

#[tokio::test]
async fn stopping_waits_until_a_start_that_was_given_up_is_taken_back() {
    let (agent, client) = connected().await;
    agent.hold("session.create");
    agent.hold("session.detach");
    let mut start = client.create_session(SessionConfig::new()).start();
    assert!(poll!(&mut start).is_pending());
    let create = agent.expect("session.create").await;
    drop(start);
    let mut stopping = std::pin::pin!(client.stop());
    assert!(poll!(&mut stopping).is_pending());
    create.by_default();
    let detach = agent.expect("session.detach").await;
    client.ping("").await.unwrap();
    assert!(poll!(&mut stopping).is_pending());
    detach.by_default();
    stopping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopping_a_runtime_that_answers_nothing_takes_no_longer_than_its_limits() {
    let limit = std::time::Duration::from_secs(3);
    let options = ClientOptions::new().stop_answer_timeout(limit);
    let (agent, client) = connected_with(options).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let dropped = client.create_session(SessionConfig::new()).await.unwrap();
    agent.stall();
    drop(dropped);
    let before = tokio::time::Instant::now();
    let error = client.stop().await.unwrap_err();
    assert_eq!(*error.errors()[0].kind(), ErrorKind::TimedOut);
    // Of the two steps that need an answer: the session in hand, and the one that was dropped.
    assert_eq!(before.elapsed(), 2 * limit);
    assert_eq!(session.close_reason(), Some(CloseReason::ClientStopped));
}

#[tokio::test]
async fn an_idle_connection_that_dies_is_noticed_by_everyone() {
    let (agent, client) = connected().await;
    agent.cut();
    assert!(matches!(client.closed().await, CloseReason::ConnectionLost(_)));
    assert!(client.ping("").await.unwrap_err().close_reason().is_some());
}
