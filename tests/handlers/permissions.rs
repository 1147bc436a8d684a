//! Permissions: every decision reaches the runtime, and a handler that fails denies.

use std::future::pending;

use copilot_sessions::events::kinds::{
    UserToolSessionApproval, UserToolSessionApprovalCommands,
};
use copilot_sessions::{Decision, PermissionRequest, SessionConfig, permissions};
use serde_json::{Value, json};

use crate::{PERMISSION, answer, answers, ask_permission, started, tell};

/// What the runtime gets when this is decided.
async fn result_of(decision: Decision) -> Value {
    let config = SessionConfig::new().on_permission(async move |request: PermissionRequest| {
        assert_eq!(request.command(), Some("ls"));
        assert_eq!(
            (request.request_id(), request.event().kind()),
            ("r", "permission.requested")
        );
        assert_eq!(request.session().id().unwrap().as_str(), "s");
        decision
    });
    let (mut peer, _client, _session) = started(config).await;
    ask_permission(&mut peer, "r", "ls", true).await;
    answer(&mut peer, PERMISSION).await.1
}

#[tokio::test(start_paused = true)]
async fn every_decision_reaches_the_runtime() {
    let commands = || {
        let commands = UserToolSessionApprovalCommands::new(vec!["ls".to_owned()]);
        UserToolSessionApproval::Commands(commands)
    };
    let approval = json!({ "kind": "commands", "commandIdentifiers": ["ls"] });
    for (decision, result) in [
        (Decision::ApproveOnce, json!({ "kind": "approve-once" })),
        (Decision::ApproveForSession(None), json!({ "kind": "approve-for-session" })),
        (
            Decision::ApproveForSession(Some(commands())),
            json!({ "kind": "approve-for-session", "approval": approval }),
        ),
        (
            Decision::ApproveForLocation { approval: commands(), location: "/w".to_owned() },
            json!({ "kind": "approve-for-location", "approval": approval, "locationKey": "/w" }),
        ),
        (
            Decision::ApproveDomain("example.org".to_owned()),
            json!({ "kind": "approve-permanently", "domain": "example.org" }),
        ),
        (Decision::Reject(None), json!({ "kind": "reject" })),
        (Decision::reject("no"), json!({ "kind": "reject", "feedback": "no" })),
        (Decision::UserNotAvailable, json!({ "kind": "user-not-available" })),
    ] {
        assert_eq!(result_of(decision).await, result);
    }
}

#[tokio::test(start_paused = true)]
async fn no_result_leaves_the_request_to_another_client() {
    let config = SessionConfig::new().on_permission(async |_| Decision::NoResult);
    let (mut peer, client, _session) = started(config).await;
    ask_permission(&mut peer, "r", "ls", true).await;
    assert_eq!(answers(&mut peer, &client).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_and_a_request_that_can_not_be_read_are_denied() {
    let config = SessionConfig::new().on_permission(async |request: PermissionRequest| {
        match request.command() {
            Some("panic") => panic!("handler"),
            _ => Decision::ApproveOnce,
        }
    });
    let (mut peer, _client, _session) = started(config).await;
    ask_permission(&mut peer, "r", "panic", true).await;
    assert_eq!(answer(&mut peer, PERMISSION).await.1["kind"], "reject");
    for request in [json!(5), json!({ "kind": "shell" }), Value::Null] {
        let data = json!({ "requestId": request.to_string(), "permissionRequest": request });
        tell(&mut peer, "permission.requested", &data).await;
        assert_eq!(answer(&mut peer, PERMISSION).await.1["kind"], "reject", "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_a_hook_has_resolved_is_not_asked_about() {
    let config = SessionConfig::new().on_permission(permissions::approve_all());
    let (mut peer, client, _session) = started(config).await;
    let mut data = json!({ "requestId": "r", "resolvedByHook": true });
    data["permissionRequest"] = json!({ "kind": "read", "intention": "i", "path": "/w/x" });
    tell(&mut peer, "permission.requested", &data).await;
    assert_eq!(answers(&mut peer, &client).await, 0);
}

#[tokio::test(start_paused = true)]
async fn ready_made_decisions_do_what_they_say() {
    for (config, kinds) in [
        (SessionConfig::new().on_permission(permissions::approve_all()), ["approve-once"; 2]),
        (SessionConfig::new().on_permission(permissions::deny_all()), ["reject"; 2]),
        (
            SessionConfig::new().on_permission(permissions::read_only()),
            ["approve-once", "reject"],
        ),
        (
            SessionConfig::new().on_permission(permissions::approve_if(
                |request: &PermissionRequest| request.command() == Some("rm"),
            )),
            ["reject", "approve-once"],
        ),
    ] {
        let (mut peer, _client, _session) = started(config).await;
        for (command, read_only, kind) in [("ls", true, kinds[0]), ("rm", false, kinds[1])] {
            ask_permission(&mut peer, command, command, read_only).await;
            let (id, result) = answer(&mut peer, PERMISSION).await;
            assert_eq!((&*id, &result["kind"]), (command, &json!(kind)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_to_be_read_only_is_not() {
    let shell = |changes: Value| {
        let mut shell = json!({
            "kind": "shell", "fullCommandText": "ls", "intention": "i", "possiblePaths": [],
            "commands": [{ "identifier": "ls", "readOnly": true }], "possibleUrls": [],
            "hasWriteFileRedirection": false, "canOfferSessionApproval": true,
        });
        shell.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        shell
    };
    let config = SessionConfig::new().on_permission(permissions::read_only());
    let (mut peer, _client, _session) = started(config).await;
    for (number, (request, kind)) in [
        (shell(json!({})), "approve-once"),
        (shell(json!({ "hasWriteFileRedirection": true })), "reject"),
        (shell(json!({ "requestSandboxBypass": true })), "reject"),
        (shell(json!({ "commands": [] })), "reject"),
        (json!({ "kind": "read", "intention": "i", "path": "/w/x" }), "approve-once"),
        (json!({ "kind": "of tomorrow", "readOnly": true }), "reject"),
    ]
    .into_iter()
    .enumerate()
    {
        let data = json!({ "requestId": number.to_string(), "permissionRequest": request });
        tell(&mut peer, "permission.requested", &data).await;
        assert_eq!(answer(&mut peer, PERMISSION).await.1["kind"], kind, "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_client_ends_the_handler() {
    let config = SessionConfig::new().on_permission(|_| pending::<Decision>());
    let (mut peer, client, session) = started(config).await;
    ask_permission(&mut peer, "r", "ls", true).await;
    let completed = json!({ "requestId": "r", "result": { "kind": "approved" } });
    tell(&mut peer, "permission.completed", &completed).await;
    assert_eq!(answers(&mut peer, &client).await, 0);
    assert_eq!(session.close_reason(), None);
}
