//! Telling the runtime that this client lets a session go.

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::rpc::{CallError, RpcError};
use crate::session::connection::ClientCore;

const DETACH: &str = "session.detach";
/// What older runtimes call it.
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
    detached(id, answer)
}

/// The same where nothing can be awaited: the request is queued at once, before anything else
/// that is asked of the runtime from here on. [`Client::stop`] waits for the answer.
///
/// [`Client::stop`]: crate::session::connection::Client::stop
pub(super) fn detach_in_background(client: &Arc<ClientCore>, id: &SessionId) {
    let weak = Arc::downgrade(client);
    let session = id.clone();
    tell(client, DETACH, id, move |answer| {
        match (answer, weak.upgrade()) {
            (Err(error), Some(client)) if error.code == RpcError::METHOD_NOT_FOUND => {
                // Somebody may hold the session again by now.
                if !client.registry.is_registered(session.as_str()) {
                    let destroyed = session.clone();
                    tell(&client, DESTROY, &session, move |answer| note(&destroyed, answer));
                }
            }
            (answer, _) => note(&session, answer),
        }
    });
}

/// Detaches a session that the runtime has started for nobody, unless somebody here holds one
/// of that id.
pub(in crate::session) fn detach_stray(client: &Arc<ClientCore>, id: &SessionId) {
    if !client.registry.is_registered(id.as_str()) {
        tracing::debug!(session = %id, "detaching a session whose start was given up");
        detach_in_background(client, id);
    }
}

fn tell(
    client: &ClientCore,
    method: &str,
    id: &SessionId,
    answered: impl FnOnce(Result<&RawValue, &RpcError>) + Send + 'static,
) {
    if client.peer.is_closed() {
        return;
    }
    let guard = client.background.enter();
    let params = json!({ "sessionId": id });
    let queued = client.peer.try_call_inline(method, &params, move |answer| {
        answered(answer);
        drop(guard);
    });
    if !queued {
        tracing::warn!(session = %id, "the runtime reads nothing: a session stays loaded");
    }
}

/// What the runtime's answer means.
fn detached(id: &SessionId, answer: Result<Value>) -> Result<()> {
    match answer {
        Ok(result) if result.get("success") == Some(&Value::Bool(false)) => Err(Error::new(
            ErrorKind::InvalidResponse,
            format!(
                "the runtime could not detach session {id}: {}",
                result.get("error").unwrap_or(&Value::Null)
            ),
        )),
        Ok(_) => Ok(()),
        // What is not loaded needs no detaching.
        Err(error) if *error.kind() == ErrorKind::SessionNotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Logs an answer that nobody awaits, if it is an error.
fn note(id: &SessionId, answer: Result<&RawValue, &RpcError>) {
    let answer = match answer {
        Ok(result) => Ok(serde_json::from_str(result.get()).unwrap_or_default()),
        Err(error) => Err(ClientCore::call_error(DETACH, CallError::Remote(error.clone()))),
    };
    if let Err(error) = detached(id, answer) {
        tracing::warn!(session = %id, %error, "a session that was let go may stay loaded");
    }
}
