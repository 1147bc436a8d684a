//! The agent's ends of the connection.

use std::fmt::Display;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};

use crate::rpc::{FrameDecoder, FrameLimits, encode_frame};
use crate::testing::agent::{AgentRequest, Received, ScriptedAgent};

/// What is to be done on the way out, in order.
pub(super) enum Out {
    Bytes(Vec<u8>),
    Delay(Duration),
    Flushed(oneshot::Sender<()>),
    Cut,
}

/// Appends the frame of a message, whose text is JSON.
pub(super) fn frame(message: &impl Display, frames: &mut Vec<u8>) {
    frames.extend_from_slice(&encode_frame(message.to_string().as_bytes()));
}

pub(super) async fn write(
    mut queue: mpsc::UnboundedReceiver<Out>,
    mut writer: impl AsyncWrite + Unpin,
) {
    while let Some(out) = queue.recv().await {
        let written = match out {
            Out::Bytes(bytes) => writer.write_all(&bytes).await,
            Out::Delay(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Out::Flushed(done) => {
                let flushed = writer.flush().await;
                let _ = done.send(());
                flushed
            }
            Out::Cut => break,
        };
        // The client is gone: there is nobody to tell.
        if written.is_err() || writer.flush().await.is_err() {
            break;
        }
    }
    let _ = writer.shutdown().await;
}

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

pub(super) async fn read(agent: ScriptedAgent, mut reader: impl AsyncRead + Unpin) {
    let mut decoder = FrameDecoder::new(FrameLimits::default());
    loop {
        // A stalled agent may hold what one more read brought; it looks at none of it.
        agent.when(|state| (!state.stalled).then_some(())).await;
        while let Ok(Some(body)) = decoder.next_frame() {
            // A client that sends what is no message gets what a runtime gives: nothing.
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

fn handle(agent: &ScriptedAgent, message: Message) {
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
        let request = id.map(|id| AgentRequest::new(agent, id, method, params));
        match request {
            Some(request) if state.held.contains(request.method()) => {
                state.requests.push_back(request);
                None
            }
            request => request,
        }
    };
    agent.shared.changed.notify_waiters();
    if let Some(request) = request {
        super::behaviour::answer(agent, request);
    }
}
