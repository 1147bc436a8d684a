//! Detaching a session: telling the runtime that this client no longer uses it.

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::rpc::{CallError, RpcError};
use crate::session::connection::ClientCore;

const DETACH: &str = "session.detach";
/// The name of the same method in older runtimes.
const DESTROY: &str = "session.destroy";

/// Detaches this connection from a session and waits for the answer.
pub(super) async fn detach(client: &ClientCore, id: &SessionId) -> Result<()> {
    let params = json!({ "sessionId": id });
    let answer = match client.call::<Value>(DETACH, &params).await {
        Err(error) if *error.kind() == ErrorKind::Rpc(RpcError::METHOD_NOT_FOUND) => {
            client.call::<Value>(DESTROY, &params).await
        }
        answer => answer,
    };
    detach_outcome(id, answer)
}

/// Detaches this connection from a session without waiting. The request is queued at once,
/// ahead of all later requests. [`Client::stop`] waits for the answer.
///
/// [`Client::stop`]: crate::session::connection::Client::stop
pub(in crate::session) fn detach_in_background(client: &Arc<ClientCore>, id: &SessionId) {
    let weak = Arc::downgrade(client);
    let session = id.clone();
    queue_request(client, DETACH, id, move |answer| {
        match (answer, weak.upgrade()) {
            (Err(error), Some(client)) if error.code == RpcError::METHOD_NOT_FOUND => {
                // The session may have been resumed meanwhile.
                if !client.registry.is_registered(session.as_str()) {
                    let destroyed = session.clone();
                    queue_request(&client, DESTROY, &session, move |answer| {
                        log_failure(DESTROY, &destroyed, answer);
                    });
                }
            }
            (answer, _) => log_failure(DETACH, &session, answer),
        }
    });
}

/// Detaches a session that the runtime has started for an abandoned attempt, unless this client
/// has a session with that id.
pub(in crate::session) fn detach_unowned(client: &Arc<ClientCore>, id: &SessionId) {
    if !client.registry.is_registered(id.as_str()) {
        tracing::debug!(session = ?id, "detaching a session whose start was abandoned");
        detach_in_background(client, id);
    }
}

/// Queues a request about the session; `on_answer` runs on the connection's reader.
fn queue_request(
    client: &ClientCore,
    method: &str,
    id: &SessionId,
    on_answer: impl FnOnce(Result<&RawValue, &RpcError>) + Send + 'static,
) {
    if client.peer.is_closed() {
        return;
    }
    let guard = client.background.enter();
    let params = json!({ "sessionId": id });
    let queued = client.peer.try_call_inline(method, &params, move |answer| {
        on_answer(answer);
        drop(guard);
    });
    if !queued {
        tracing::warn!(session = ?id, "no room to queue a detach; the session may stay loaded");
    }
}

/// Whether the runtime's answer says that the session is detached.
fn detach_outcome(id: &SessionId, answer: Result<Value>) -> Result<()> {
    match answer {
        Ok(result) if result.get("success") == Some(&Value::Bool(false)) => Err(Error::new(
            ErrorKind::InvalidResponse,
            format!(
                "the runtime could not detach session {id}: {}",
                // Its text alone: no other part of an answer is printed.
                result.get("error").and_then(Value::as_str).unwrap_or("it did not say why")
            ),
        )),
        Ok(_) => Ok(()),
        // A session that is not loaded is detached already.
        Err(error) if *error.kind() == ErrorKind::SessionNotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Logs the answer to a request that no caller awaits, if it is an error.
fn log_failure(method: &str, id: &SessionId, answer: Result<&RawValue, &RpcError>) {
    let answer = match answer {
        Ok(result) => Ok(serde_json::from_str(result.get()).unwrap_or_default()),
        Err(error) => Err(ClientCore::call_error(method, CallError::Remote(error.clone()))),
    };
    if let Err(error) = detach_outcome(id, answer) {
        tracing::warn!(session = ?id, error = ?error.to_string(), "detaching a session failed; it may stay loaded");
    }
}
