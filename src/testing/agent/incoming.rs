//! The scripted agent's reader task.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::rpc::{FrameDecoder, FrameLimits};
use crate::testing::agent::behaviour::answer;
use crate::testing::agent::core::{AgentCore, Received, Request};
use crate::testing::agent::request::AgentRequest;

#[derive(Deserialize)]
struct Message {
    id: Option<Value>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    result: Value,
    error: Option<Value>,
}

pub(super) async fn read(agent: Arc<AgentCore>, mut reader: impl AsyncRead + Unpin) {
    let mut decoder = FrameDecoder::new(FrameLimits::default());
    loop {
        // If the agent is stalled during a read, that read may still complete, but its frames
        // are not handled.
        agent.when(|state| (!state.stalled).then_some(())).await;
        while let Ok(Some(body)) = decoder.next_frame() {
            // A message that does not parse is ignored, as by a runtime.
            if let Ok(message) = serde_json::from_slice(body) {
                handle(&agent, message);
            }
        }
        if agent.lock().ended {
            break;
        }
        let read = tokio::select! {
            read = reader.read_buf(decoder.buffer_mut()) => read,
            () = agent.disconnected() => break,
        };
        if !matches!(read, Ok(1..)) {
            break;
        }
    }
    agent.end();
}

fn handle(agent: &Arc<AgentCore>, message: Message) {
    let Message { id, method, params, result, error } = message;
    let Some(method) = method else {
        let call = id.as_ref().and_then(Value::as_u64);
        let answer = call.and_then(|id| agent.lock().calls.remove(&id));
        if let Some(answer) = answer {
            let _ = answer.send(error.map_or(Ok(result), Err));
        }
        return;
    };
    let request = {
        let mut state = agent.lock();
        state.received.push(Received { method: method.clone(), params: params.clone() });
        let request = id.map(|id| Request { id, method, params });
        match request {
            Some(request) if state.held.contains(&request.method) => {
                state.requests.push_back(request);
                None
            }
            request => request,
        }
    };
    agent.changed.notify_waiters();
    if let Some(request) = request {
        answer(agent, AgentRequest::new(agent, request));
    }
}
