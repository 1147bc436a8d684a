//! The default answers of the scripted agent, for requests that no test holds.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::rpc::RpcError;
use crate::testing::agent::core::AgentCore;
use crate::testing::agent::request::AgentRequest;
use crate::testing::event::AgentEvent;

const VERSION: &str = "0.0.0-scripted";

impl AgentRequest {
    /// Answers as the agent does by default.
    pub fn by_default(self) {
        let agent = Arc::clone(&self.agent);
        answer(&agent, self);
    }
}

pub(super) fn answer(agent: &AgentCore, request: AgentRequest) {
    let id = request.session_id();
    match request.method() {
        "connect" => request.reply(json!({
            "ok": true, "protocolVersion": 3, "version": VERSION,
        })),
        "ping" => {
            let message = request.params().get("message").and_then(Value::as_str);
            let message = format!("pong: {}", message.unwrap_or_default());
            request
                .reply(json!({ "message": message, "timestamp": "0", "protocolVersion": 3 }));
        }
        "status.get" => request.reply(json!({ "version": VERSION, "protocolVersion": 3 })),
        "auth.getStatus" => request.reply(json!({ "isAuthenticated": false })),
        "session.create" => create(agent, request),
        "session.resume" => resume(agent, request),
        "session.send" => send(agent, request),
        "session.abort" => {
            let idle = AgentEvent::idle().data(json!({ "aborted": true }));
            request.reply(json!({ "success": true }));
            agent.emit(
                &id,
                AgentEvent::new("abort").data(json!({ "reason": "user initiated" })),
            );
            agent.emit(&id, idle);
        }
        "session.detach" | "session.destroy" => {
            if agent.lock().sessions.contains_key(&id) {
                agent.emit(
                    &id,
                    AgentEvent::new("session.shutdown").data(json!({
                        "shutdownType": "routine",
                        "totalApiDurationMs": 0,
                        "sessionStartTime": 1_767_225_600_000_u64,
                        "codeChanges": {
                            "linesAdded": 0, "linesRemoved": 0, "filesModified": [],
                        },
                        "modelMetrics": {},
                    })),
                );
            }
            request.reply(json!({ "success": true }));
        }
        "session.delete" => {
            let known = agent.lock().sessions.remove(&id).is_some();
            if known {
                agent.lifecycle("session.deleted", &id);
            }
            request.reply(json!({ "success": known }));
        }
        "session.list" => {
            let mut ids: Vec<_> = agent.lock().sessions.keys().cloned().collect();
            ids.sort();
            let sessions: Vec<_> = ids.into_iter().map(metadata).collect();
            request.reply(json!({ "sessions": sessions }));
        }
        "session.getMetadata" => {
            let known = agent.lock().sessions.contains_key(&id);
            request.reply(if known { json!({ "session": metadata(id) }) } else { json!({}) });
        }
        "session.getMessages" => {
            let events = persisted(agent, &id);
            request.reply(json!({ "events": events }));
        }
        "session.tools.handlePendingToolCall" => answered(agent, request, "external_tool"),
        "session.permissions.handlePendingPermissionRequest" => {
            answered(agent, request, "permission");
        }
        "session.eventLog.registerInterest" => request.reply(json!({ "handle": "1" })),
        "session.getLastId" | "runtime.shutdown" => request.reply(json!({})),
        method => {
            let message = format!("Unhandled method {method}");
            request.error(RpcError::METHOD_NOT_FOUND, &message);
        }
    }
}

/// An answer to what the agent has asked by an event.
fn answered(agent: &AgentCore, request: AgentRequest, asked: &str) {
    let (session, params) = (request.session_id(), request.params().clone());
    request.reply(json!({ "success": true }));
    let mut data = json!({ "requestId": params.get("requestId") });
    if asked == "permission"
        && let Some(data) = data.as_object_mut()
    {
        data.insert("result".into(), params.get("result").cloned().unwrap_or_default());
    }
    agent.emit(&session, AgentEvent::new(&format!("{asked}.completed")).data(data));
}

fn create(agent: &AgentCore, request: AgentRequest) {
    let mut id = request.session_id();
    if id.is_empty() {
        id = Uuid::new_v4().to_string();
    }
    request.reply(started(&id));
    agent.emit(&id, AgentEvent::session_start(&id));
    agent.lifecycle("session.created", &id);
}

fn resume(agent: &AgentCore, request: AgentRequest) {
    let id = request.session_id();
    let history = agent.lock().sessions.get(&id).map(Vec::len);
    let Some(history) = history else {
        let message = format!(
            "Request session.resume failed with message: Session not found for sessionId: {id}"
        );
        request.error(RpcError::INTERNAL_ERROR, &message);
        return;
    };
    let quiet = request.params().get("disableResume") == Some(&Value::Bool(true));
    request.reply(started(&id));
    if !quiet {
        agent.emit(
            &id,
            AgentEvent::new("session.resume").data(json!({
                "resumeTime": "2026-01-01T00:00:00.000Z", "eventCount": history,
            })),
        );
    }
}

fn send(agent: &AgentCore, request: AgentRequest) {
    let id = request.session_id();
    let prompt = request.params().get("prompt").and_then(Value::as_str).unwrap_or_default();
    let prompt = prompt.to_owned();
    // Taken out of the state for the call, because the answerer may use the agent.
    let answerer = agent.lock().answer.take();
    let text = match answerer {
        Some(mut answerer) => {
            let text = answerer(&prompt);
            agent.lock().answer.get_or_insert(answerer);
            text
        }
        None => format!("You said: {prompt}"),
    };
    let message = Uuid::new_v4().to_string();
    request.reply(json!({ "messageId": message }));
    for event in AgentEvent::turn(&message, &prompt, &text) {
        agent.emit(&id, event);
    }
    agent.emit(&id, AgentEvent::idle());
}

fn started(id: &str) -> Value {
    json!({
        "sessionId": id,
        "workspacePath": format!("/scripted/session-state/{id}"),
        "capabilities": { "ui": { "elicitation": false } },
    })
}

fn metadata(id: String) -> Value {
    json!({
        "sessionId": id,
        "startTime": "2026-01-01T00:00:00.000Z",
        "modifiedTime": "2026-01-01T00:00:00.000Z",
        "isRemote": false,
    })
}

fn persisted(agent: &AgentCore, id: &str) -> Vec<Value> {
    let state = agent.lock();
    let events = state.sessions.get(id).into_iter().flatten();
    events.filter(|event| !event.is_ephemeral()).map(AgentEvent::to_value).collect()
}
