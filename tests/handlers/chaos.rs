//! Many requests at once, in any order, with handlers that fail in every way: each is answered once.

use std::collections::BTreeMap;
use std::time::Duration;

use copilot_sessions::{Decision, PermissionRequest, SessionConfig, Tool, ToolOutput};
use serde_json::{Value, json};

use crate::{PERMISSION, TOOL, answers, ask_permission, call_tool, started, tell};

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_at_once_get_one_answer_each_whatever_their_handlers_do() {
    const EACH: usize = 500;
    let tool =
        Tool::new("t").time_limit(Duration::from_secs(3)).handle(async |number: usize, _| {
            match number % 4 {
                0 => panic!("handler"),
                1 => std::future::pending().await,
                2 => tokio::time::sleep(Duration::from_millis(number as u64)).await,
                _ => {}
            }
            Ok(ToolOutput::text_of(number.to_string()))
        });
    let config =
        SessionConfig::new().tool(tool).on_permission(async |request: PermissionRequest| {
            let number: u64 = request.command().unwrap().parse().unwrap();
            assert!(!number.is_multiple_of(3), "handler");
            tokio::time::sleep(Duration::from_millis(number)).await;
            Decision::ApproveOnce
        });
    let (mut peer, client, session) = started(config).await;
    let events = session.live_events();
    let mut answered = BTreeMap::<String, usize>::new();
    for number in 0..EACH {
        call_tool(&mut peer, &format!("t{number}"), "t", json!(number)).await;
        ask_permission(&mut peer, &format!("p{number}"), &number.to_string(), true).await;
        if number % 7 == 0 {
            call_tool(&mut peer, &format!("t{number}"), "t", json!(number)).await;
        }
    }
    while answered.len() < 2 * EACH {
        let answer = peer.expect_any(&[TOOL, PERMISSION]).await;
        let id = answer["params"]["requestId"].as_str().unwrap().to_owned();
        peer.answer(&answer, r#"{"success":true}"#).await;
        let completed = if id.starts_with('t') { "external_tool" } else { "permission" };
        let data = json!({ "requestId": id });
        tell(&mut peer, &format!("{completed}.completed"), &data).await;
        *answered.entry(id).or_default() += 1;
    }
    assert_eq!(answers(&mut peer, &client).await, 0);
    assert!(answered.values().all(|count| *count == 1));
    // Every event is in the log: two for each request, and those that came twice.
    let repeated = EACH.div_ceil(7);
    assert_eq!(events.unread(), (4 * EACH + repeated) as u64);
}

#[tokio::test(start_paused = true)]
async fn requests_that_can_not_be_read_harm_no_other() {
    let tool = Tool::new("t").handle(async |_: Value, _| Ok("x"));
    let config = SessionConfig::new().tool(tool);
    let (mut peer, client, _session) = started(config).await;
    for data in [
        json!({}),
        json!(5),
        Value::Null,
        json!({ "toolName": "t" }),
        json!({ "toolName": "t", "requestId": 5 }),
        json!({ "toolName": "t", "requestId": "" }),
        json!({ "toolName": 5, "requestId": "r" }),
    ] {
        for kind in
            ["external_tool.requested", "external_tool.completed", "permission.requested"]
        {
            tell(&mut peer, kind, &data).await;
        }
    }
    assert_eq!(answers(&mut peer, &client).await, 0);
    // This one lacks what a handler needs, and can be answered.
    tell(&mut peer, "external_tool.requested", &json!({ "toolName": "t", "requestId": "q" }))
        .await;
    let (id, result) = crate::answer(&mut peer, TOOL).await;
    assert_eq!((&*id, &result["resultType"]), ("q", &json!("failure")));
    call_tool(&mut peer, "last", "t", json!({})).await;
    assert_eq!(crate::answer(&mut peer, TOOL).await.0, "last");
}

/// Panics when it is dropped, or cloned if it says so.
struct Bomb(bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || self.0, "dropped");
    }
}

impl Clone for Bomb {
    fn clone(&self) -> Self {
        panic!("cloned")
    }
}

#[tokio::test(start_paused = true)]
async fn a_drop_or_a_clone_that_panics_is_a_failure_like_any_other() {
    let drops =
        Tool::new("t").time_limit(Duration::from_secs(1)).handle(async |_: Value, _| {
            let _bomb = Bomb(false);
            std::future::pending::<Result<(), _>>().await
        });
    let bomb = Bomb(true);
    let clones = Tool::new("t").handle(async move |_: Value, _| {
        let _bomb = &bomb;
        Ok("x")
    });
    for tool in [drops, clones] {
        let (mut peer, _client, _session) = started(SessionConfig::new().tool(tool)).await;
        for id in ["a", "b"] {
            call_tool(&mut peer, id, "t", json!({})).await;
            let (answered, result) = crate::answer(&mut peer, TOOL).await;
            assert_eq!((&*answered, &result["resultType"]), (id, &json!("failure")));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_call_and_a_permission_may_have_one_id() {
    let config = SessionConfig::new()
        .tool(Tool::new("t").handle(async |_: Value, _| Ok("x")))
        .on_permission(copilot_sessions::permissions::approve_all());
    let (mut peer, _client, _session) = started(config).await;
    call_tool(&mut peer, "r", "t", json!({})).await;
    ask_permission(&mut peer, "r", "ls", true).await;
    for method in [TOOL, PERMISSION] {
        assert_eq!(crate::answer(&mut peer, method).await.0, "r");
    }
}
