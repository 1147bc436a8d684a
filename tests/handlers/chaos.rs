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
