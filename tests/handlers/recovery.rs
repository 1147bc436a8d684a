//! Requests of which no event told: those of an earlier activation, and those behind a gap.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use copilot_sessions::{
    ClientOptions, LogBounds, ResumeConfig, SessionConfig, Tool, permissions,
};
use serde_json::{Value, json};

use crate::peer::{Peer, Wire};
use crate::{PERMISSION, TOOL, answer, answers, call_tool, connected, tell};

fn counted(calls: &Arc<AtomicUsize>) -> Tool {
    let calls = Arc::clone(calls);
    Tool::new("t").handle(async move |_: Value, _| {
        calls.fetch_add(1, Ordering::SeqCst);
        Ok("x")
    })
}

fn requested(id: &str) -> Value {
    json!({ "id": format!("h-{id}"), "type": "external_tool.requested", "data": {
        "requestId": id, "sessionId": "s", "toolCallId": "c", "toolName": "t", "arguments": {},
    } })
}

fn ended(kind: &str, id: &str) -> Value {
    json!({ "id": format!("d-{id}"), "type": kind, "data": { "requestId": id } })
}

fn permission(id: &str) -> Value {
    json!({ "id": format!("p-{id}"), "type": "permission.requested", "data": {
        "requestId": id,
        "permissionRequest": { "kind": "read", "intention": "i", "path": "/w/x" },
    } })
}

/// Answers the next query of the history.
async fn history(peer: &mut Peer, events: &[Value]) {
    let query = peer.expect("session.getMessages").await;
    peer.answer(&query, &json!({ "events": events }).to_string()).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_open_before_a_resume_that_continues_it_is_handled_under_its_old_ids() {
    let (mut peer, client) = connected().await;
    let calls = Arc::default();
    let config = ResumeConfig::new()
        .continue_pending_work(true)
        .tool(counted(&calls))
        .on_permission(permissions::approve_all());
    let session = peer.start(client.resume_session("s", config)).await;
    history(
        &mut peer,
        &[
            requested("done"),
            ended("external_tool.completed", "done"),
            requested("open"),
            permission("decided"),
            ended("permission.completed", "decided"),
            permission("undecided"),
        ],
    )
    .await;
    assert_eq!(answer(&mut peer, TOOL).await.0, "open");
    assert_eq!(answer(&mut peer, PERMISSION).await.0, "undecided");
    // It may be told of as well.
    call_tool(&mut peer, "open", "t", json!({})).await;
    assert_eq!(answers(&mut peer, &client).await, 0);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    drop(session);
}

#[tokio::test(start_paused = true)]
async fn what_was_open_before_any_other_resume_is_not_asked_for() {
    let (mut peer, client) = connected().await;
    let config = ResumeConfig::new().tool(counted(&Arc::default()));
    let _session = peer.start(client.resume_session("s", config)).await;
    assert_eq!(answers(&mut peer, &client).await, 0);
    assert_eq!(peer.waiting("session.getMessages"), 0);
}

#[tokio::test(start_paused = true)]
async fn requests_behind_a_gap_are_found_in_the_history_and_handled_once() {
    let options = ClientOptions::new().log_bounds(LogBounds::default().max_events(8));
    let (mut peer, client) = Wire::Duplex.connect(options).await;
    let calls = Arc::default();
    let config = SessionConfig::new().session_id("s").tool(counted(&calls));
    let _session = peer.start(client.create_session(config)).await;
    call_tool(&mut peer, "first", "t", json!({})).await;
    assert_eq!(answer(&mut peer, TOOL).await.0, "first");
    // In one write, so that the dispatcher does not run in between.
    let mut bytes = Vec::new();
    let mut push = |event: Value| {
        let params = json!({ "sessionId": "s", "event": event });
        let message = json!({ "jsonrpc": "2.0", "method": "session.event", "params": params });
        bytes.extend(crate::peer::frame(message.to_string()));
    };
    push(requested("lost"));
    for number in 0..100 {
        push(json!({ "id": format!("n{number}"), "type": "k", "data": {} }));
    }
    push(requested("last"));
    peer.write(bytes).await;
    let mut ids = vec![answer(&mut peer, TOOL).await.0];
    history(&mut peer, &[requested("first"), requested("lost"), requested("last")]).await;
    ids.push(answer(&mut peer, TOOL).await.0);
    ids.sort();
    assert_eq!(ids, ["last", "lost"]);
    assert_eq!(answers(&mut peer, &client).await, 0);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    tell(&mut peer, "k", &json!({})).await;
}

/// Work that was given up since is not taken up again, though nothing has ended its requests.
#[tokio::test(start_paused = true)]
async fn what_was_given_up_since_is_not_handled_by_a_resume_that_continues() {
    let event = |kind: &str, data: Value| json!({ "id": kind, "type": kind, "data": data });
    let given_up = [
        event("session.resume", json!({ "continuePendingWork": false })),
        event("session.resume", json!({})),
        event("user.message", json!({ "content": "?", "delivery": "idle" })),
        event("abort", json!({ "reason": "user_initiated" })),
        event("tool.execution_complete", json!({ "toolCallId": "c", "success": false })),
    ];
    let continued = [
        event("session.resume", json!({ "continuePendingWork": true })),
        event("user.message", json!({ "content": "?", "delivery": "steering" })),
        event("tool.execution_complete", json!({ "toolCallId": "other", "success": true })),
    ];
    let all = given_up.map(|it| (it, 0)).into_iter().chain(continued.map(|it| (it, 1)));
    for (since, handled) in all {
        let (mut peer, client) = connected().await;
        let calls = Arc::default();
        let config = ResumeConfig::new().continue_pending_work(true).tool(counted(&calls));
        let _session = peer.start(client.resume_session("s", config)).await;
        history(&mut peer, &[requested("open"), since.clone()]).await;
        assert_eq!(answers(&mut peer, &client).await, handled, "{since}");
        assert_eq!(calls.load(Ordering::SeqCst), handled, "{since}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_history_that_is_refused_is_asked_for_again() {
    let (mut peer, client) = connected().await;
    let calls = Arc::default();
    let config = ResumeConfig::new().continue_pending_work(true).tool(counted(&calls));
    let _session = peer.start(client.resume_session("s", config)).await;
    let query = peer.expect("session.getMessages").await;
    peer.refuse(&query, -32603, "not now").await;
    let _unanswered = peer.expect("session.getMessages").await;
    history(&mut peer, &[requested("open")]).await;
    assert_eq!(answer(&mut peer, TOOL).await.0, "open");
}

#[tokio::test(start_paused = true)]
async fn a_gap_during_the_start_is_looked_up_behind_it() {
    let options = ClientOptions::new().log_bounds(LogBounds::default().max_events(8));
    let (mut peer, client) = Wire::Duplex.connect(options).await;
    let calls = Arc::default();
    let config = SessionConfig::new().session_id("s").tool(counted(&calls));
    let starting = tokio::spawn(client.create_session(config).start());
    let create = peer.expect("session.create").await;
    let mut bytes = Vec::new();
    for event in [requested("lost")].into_iter().chain(
        (0..100).map(|number| json!({ "id": number.to_string(), "type": "k", "data": {} })),
    ) {
        let params = json!({ "sessionId": "s", "event": event });
        let message = json!({ "jsonrpc": "2.0", "method": "session.event", "params": params });
        bytes.extend(crate::peer::frame(message.to_string()));
    }
    peer.write(bytes).await;
    crate::yields().await;
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let _session = starting.await.unwrap().unwrap();
    history(&mut peer, &[requested("lost")]).await;
    assert_eq!(answer(&mut peer, TOOL).await.0, "lost");
}
