//! Forms and slash commands.

use std::collections::BTreeMap;

use copilot_sessions::session::{CommandCall, ElicitationAnswer, ElicitationRequest};
use copilot_sessions::{ErrorKind, SessionConfig, ToolError};
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::{connected, started, tell};

const FORM: &str = "session.ui.handlePendingElicitation";
const COMMAND: &str = "session.commands.handlePendingCommand";

/// The parameters of the next answer, which is taken.
async fn answered(peer: &mut Peer, method: &str) -> Value {
    let answer = peer.expect(method).await;
    peer.answer(&answer, r#"{"success":true}"#).await;
    answer["params"].clone()
}

async fn ask(peer: &mut Peer, message: &str) -> Value {
    let data = json!({ "requestId": message, "message": message, "elicitationSource": "server",
        "requestedSchema": { "type": "object", "required": ["colour"],
            "properties": { "colour": { "type": "string" } } } });
    tell(peer, "elicitation.requested", &data).await;
    answered(peer, FORM).await
}

#[tokio::test(start_paused = true)]
async fn a_form_is_filled_in_declined_or_closed_and_a_panic_closes_it() {
    let config = SessionConfig::new().on_elicitation(async |request: ElicitationRequest| {
        let fields: Vec<_> = request.fields().map(|(name, _)| name.to_owned()).collect();
        assert_eq!((request.source(), &*fields), (Some("server"), &["colour".to_owned()][..]));
        assert_eq!((request.url(), request.session().id().unwrap().as_str()), (None, "s"));
        match request.message() {
            "accept" => ElicitationAnswer::accept_one("colour", "red"),
            "decline" => ElicitationAnswer::Decline,
            "cancel" => ElicitationAnswer::Cancel,
            _ => panic!("handler"),
        }
    });
    let (mut peer, _client, _session) = started(config).await;
    for (message, result) in [
        ("accept", json!({ "action": "accept", "content": { "colour": "red" } })),
        ("decline", json!({ "action": "decline" })),
        ("cancel", json!({ "action": "cancel" })),
        ("panic", json!({ "action": "cancel" })),
    ] {
        let answer = ask(&mut peer, message).await;
        assert_eq!((&answer["requestId"], &answer["result"]), (&json!(message), &result));
    }
    tell(&mut peer, "elicitation.requested", &json!({ "requestId": "r", "message": 5 })).await;
    assert_eq!(answered(&mut peer, FORM).await["result"]["action"], "cancel");
}

#[tokio::test(start_paused = true)]
async fn a_page_to_look_at_is_no_form() {
    let config = SessionConfig::new().on_elicitation(async |request: ElicitationRequest| {
        assert_eq!(request.url(), Some("https://example.org"));
        assert_eq!(request.fields().count(), 0);
        ElicitationAnswer::Accept(BTreeMap::new())
    });
    let (mut peer, _client, _session) = started(config).await;
    let data = json!({ "requestId": "r", "message": "m", "mode": "url",
        "url": "https://example.org" });
    tell(&mut peer, "elicitation.requested", &data).await;
    let answer = answered(&mut peer, FORM).await;
    assert_eq!(answer["result"], json!({ "action": "accept", "content": {} }));
}

#[tokio::test(start_paused = true)]
async fn a_command_runs_and_what_goes_wrong_is_told_to_the_user() {
    let config = SessionConfig::new()
        .command("deploy", "Deploys.", async |call: CommandCall| {
            assert_eq!((call.name(), call.line()), ("deploy", "/deploy prod now"));
            match call.arguments() {
                "prod now" => Ok(()),
                _ => Err(ToolError::new("unreachable")),
            }
        })
        .command("fail", "Fails.", async |_| Err(ToolError::new("not today")))
        .command("panic", "Panics.", async |_| panic!("handler"));
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(config.session_id("s")).start());
    let create = peer.expect("session.create").await;
    let commands = create["params"]["commands"].as_array().unwrap();
    assert_eq!(commands.len(), 3);
    assert_eq!(commands[0], json!({ "name": "deploy", "description": "Deploys." }));
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let _session = starting.await.unwrap().unwrap();
    for (name, error) in [
        ("deploy", Value::Null),
        ("fail", json!("not today")),
        ("panic", json!("the command failed unexpectedly")),
    ] {
        let data = json!({ "requestId": name, "commandName": name, "args": "prod now",
            "command": format!("/{name} prod now") });
        tell(&mut peer, "command.execute", &data).await;
        let answer = answered(&mut peer, COMMAND).await;
        assert_eq!((&answer["requestId"], &answer["error"]), (&json!(name), &error));
        assert_eq!(answer.get("result"), None);
    }
    // Another client's.
    let data = json!({ "requestId": "r", "commandName": "x", "args": "", "command": "/x" });
    tell(&mut peer, "command.execute", &data).await;
    peer.settle(&client).await;
    assert_eq!(peer.waiting(COMMAND), 0);
}

#[tokio::test(start_paused = true)]
async fn a_command_or_a_handler_of_forms_that_would_be_lost_fails_the_start() {
    let (_peer, client) = connected().await;
    let new = SessionConfig::new;
    for config in [
        new().command("c", "", async |_| Ok(())).command("c", "", async |_| Ok(())),
        new()
            .on_elicitation(async |_| ElicitationAnswer::Decline)
            .on_elicitation(async |_| ElicitationAnswer::Cancel),
        new().on_elicitation(async |_| ElicitationAnswer::Decline).request_elicitation(false),
    ] {
        let error = client.create_session(config).start().await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput);
    }
}
