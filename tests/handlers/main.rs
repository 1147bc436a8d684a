//! Handlers of what the runtime asks of a session, against a hostile peer: tools, permissions, questions,
//! hooks.
//!
//! Time is paused: a limit that nobody else ends passes at once, and none passes otherwise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod chaos;
mod configuration;
mod forms;
mod hooks;
#[path = "../common/hostile/mod.rs"]
mod peer;
mod permissions;
mod questions;
mod recovery;
mod tools;

use copilot_sessions::{ActiveSession, Client, ClientOptions, SessionConfig};
use serde_json::{Value, json};

use self::peer::{Peer, Wire};

const TOOL: &str = "session.tools.handlePendingToolCall";
const PERMISSION: &str = "session.permissions.handlePendingPermissionRequest";

async fn connected() -> (Peer, Client) {
    Wire::Duplex.connect(ClientOptions::new()).await
}

async fn started(config: SessionConfig) -> (Peer, Client, ActiveSession) {
    let (mut peer, client) = connected().await;
    let session = peer.start(client.create_session(config.session_id("s"))).await;
    (peer, client, session)
}

/// Sends an event with an id of its own.
async fn tell(peer: &mut Peer, kind: &str, data: &Value) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);

    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let event = json!({ "id": format!("e{id}"), "type": kind, "data": data });
    peer.event("s", &event.to_string()).await;
}

/// Calls a tool as the runtime does.
async fn call_tool(peer: &mut Peer, request: &str, tool: &str, arguments: Value) {
    let data = json!({
        "requestId": request, "sessionId": "s", "toolCallId": format!("call-{request}"),
        "toolName": tool, "arguments": arguments, "workingDirectory": "/workspace",
    });
    tell(peer, "external_tool.requested", &data).await;
}

/// Asks whether a command may run.
async fn ask_permission(peer: &mut Peer, request: &str, command: &str, read_only: bool) {
    let data = json!({ "requestId": request, "permissionRequest": {
        "kind": "shell", "fullCommandText": command, "intention": "i",
        "commands": [{ "identifier": "c", "readOnly": read_only }], "possiblePaths": [],
        "possibleUrls": [], "hasWriteFileRedirection": false, "canOfferSessionApproval": true,
    } });
    tell(peer, "permission.requested", &data).await;
}

/// The next answer to a request of this method, which is taken: its id and its result.
async fn answer(peer: &mut Peer, method: &str) -> (String, Value) {
    let answer = peer.expect(method).await;
    peer.answer(&answer, r#"{"success":true}"#).await;
    assert_eq!(answer["params"]["sessionId"], "s");
    let id = answer["params"]["requestId"].as_str().unwrap().to_owned();
    (id, answer["params"]["result"].clone())
}

/// How many answers to requests the client has sent by now that no test has taken.
async fn answers(peer: &mut Peer, client: &Client) -> usize {
    for _ in 0..4 {
        yields().await;
        peer.settle(client).await;
    }
    peer.waiting(TOOL) + peer.waiting(PERMISSION)
}

/// Lets every other task run until it waits.
async fn yields() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}
