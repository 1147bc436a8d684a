//! Unusual answers, ids and options: each has one clear outcome, and costs nothing beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use copilot_sessions::session::RequestOrder;
use copilot_sessions::{AnySession, ClientOptions, ErrorKind, ResumeConfig, SessionConfig};
use serde_json::{Value, json};

use crate::peer::{Wire, frame};
use crate::{connected, named, sent, with_session, yields};

#[tokio::test]
async fn a_capability_that_can_not_be_read_costs_no_other() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    let answer = r#"{"sessionId":"s","capabilities":{"ui":{"elicitation":true,"canvases":null,"mcpApps":"yes"},"extensions":true}}"#;
    peer.answer(&create, answer).await;
    let capabilities = starting.await.unwrap().unwrap().capabilities();
    assert!(capabilities.ui.elicitation && capabilities.extensions);
    assert!(!capabilities.ui.canvases && !capabilities.ui.mcp_apps);
}

#[tokio::test]
async fn after_a_failed_reconfiguration_start_info_and_capabilities_are_of_one_answer() {
    let (mut peer, _client, mut session) = with_session().await;
    let config = ResumeConfig::new().register_interest("x");
    let (outcome, ()) = tokio::join!(session.reconfigure(config), async {
        let resume = peer.expect("session.resume").await;
        let answer =
            r#"{"sessionId":"s","workspacePath":"/new","capabilities":{"extensions":true}}"#;
        peer.answer(&resume, answer).await;
        let interest = peer.expect("session.eventLog.registerInterest").await;
        peer.refuse(&interest, -32603, "no").await;
    });
    outcome.unwrap_err();
    assert!(session.capabilities().extensions);
    assert!(session.workspace_path().is_some());
}

#[tokio::test]
async fn an_empty_session_id_is_refused_and_nothing_is_sent() {
    let (mut peer, client) = connected().await;
    let created = client.create_session(SessionConfig::new().session_id("")).start().await;
    assert_eq!(*created.unwrap_err().kind(), ErrorKind::InvalidInput);
    let resumed = client.resume_session("", ResumeConfig::new()).start().await;
    assert_eq!(*resumed.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(sent(&mut peer, &client, "session.create").await, 0);
    assert_eq!(peer.waiting("session.resume"), 0);
}

#[tokio::test]
async fn a_cloud_session_that_is_ended_before_its_start_has_an_id_of_its_own() {
    let (_peer, client) = connected().await;
    let pending = || {
        let config = SessionConfig::new().cloud(json!({ "repository": "o/r" }));
        AnySession::from(client.create_session(config))
    };
    let (mut one, mut other) = (pending(), pending());
    one.disconnect().await.unwrap();
    other.disconnect().await.unwrap();
    let (one, other) = (one.as_closed().unwrap().id(), other.as_closed().unwrap().id());
    assert_ne!(one.as_str(), "");
    assert_ne!(one, other);
}

#[tokio::test]
async fn a_lifecycle_notification_that_can_not_be_read_is_counted() {
    let (mut peer, client, session) = with_session().await;
    let endless = "x".repeat(70_000);
    let unreadable = [
        json!({ "type": "session.deleted", "sessionId": 7 }),
        json!({ "sessionId": "s" }),
        json!({ "type": "session.created", "sessionId": endless }),
        json!({ "type": endless, "sessionId": "s" }),
        Value::Null,
    ];
    for params in &unreadable {
        let notification =
            json!({ "jsonrpc": "2.0", "method": "session.lifecycle", "params": params });
        peer.send(&notification.to_string()).await;
    }
    peer.settle(&client).await;
    assert_eq!(client.malformed_messages(), unreadable.len() as u64);
    assert_eq!(session.close_reason(), None);
}

#[tokio::test]
async fn the_request_that_is_handled_takes_no_room_from_those_that_wait() {
    let handled = Arc::new(AtomicUsize::new(0));
    let options =
        ClientOptions::new().on_ordered_request("x", RequestOrder::all().max_waiting(1), {
            let handled = Arc::clone(&handled);
            move |_| {
                handled.fetch_add(1, Ordering::SeqCst);
                async { Ok(json!({})) }
            }
        });
    let (mut peer, client) = Wire::Duplex.connect(options).await;
    // In one read, so that the task of the first has not begun when the third is there.
    let requests = (1..=3).flat_map(|id| {
        frame(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"x","params":{{}}}}"#))
    });
    peer.write(requests.collect::<Vec<_>>()).await;
    yields().await;
    peer.settle(&client).await;
    assert_eq!(handled.load(Ordering::SeqCst), 2);
}
