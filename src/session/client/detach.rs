//! How the runtime is told that a session is let go.

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::{CallError, RpcError};
use crate::session::SessionId;
use crate::session::client::ClientInner;

/// Counts what the end of the client waits for, though no caller does.
#[derive(Debug, Default)]
pub(super) struct Unawaited(watch::Sender<()>);

/// [`Client::stop`](super::Client::stop) waits until it is dropped.
#[derive(Debug)]
pub(in crate::session) struct UnderWay {
    _counted: watch::Receiver<()>,
}

impl Unawaited {
    /// Waits until all of it is over: answered, or given up with the connection.
    pub(super) async fn done(&self) {
        self.0.closed().await;
    }
}

impl ClientInner {
    /// Says that something is under way which [`Client::stop`](super::Client::stop) is to wait
    /// for.
    pub(in crate::session) fn under_way(&self) -> UnderWay {
        UnderWay { _counted: self.unawaited.0.subscribe() }
    }

    /// Detaches this connection from a session. Older runtimes know it as `session.destroy`.
    pub(in crate::session) async fn detach(&self, id: &SessionId) -> Result<()> {
        let params = json!({ "sessionId": id });
        let answer = match self.call::<Value>("session.detach", &params).await {
            Err(error) if *error.kind() == ErrorKind::Rpc(RpcError::METHOD_NOT_FOUND) => {
                self.call::<Value>("session.destroy", &params).await
            }
            answer => answer,
        };
        detached(id, answer)
    }

    /// The same, from where nothing can be awaited: queued at once, before anything else that
    /// is asked of the runtime from here on.
    pub(in crate::session) fn detach_unawaited(self: &Arc<Self>, id: &SessionId) {
        let client = Arc::downgrade(self);
        let session = id.clone();
        self.tell_unawaited("session.detach", id, move |answer| {
            match (answer, client.upgrade()) {
                (Err(error), Some(client)) if error.code == RpcError::METHOD_NOT_FOUND => {
                    // Somebody may hold the session again by now.
                    if !client.registry.is_registered(session.as_str()) {
                        let destroyed = session.clone();
                        client.tell_unawaited("session.destroy", &session, move |answer| {
                            note(&destroyed, answer);
                        });
                    }
                }
                (answer, _) => note(&session, answer),
            }
        });
    }

    fn tell_unawaited(
        &self,
        method: &str,
        id: &SessionId,
        answered: impl FnOnce(Result<&RawValue, &RpcError>) + Send + 'static,
    ) {
        if self.peer.is_closed() {
            return;
        }
        let under_way = self.under_way();
        let queued =
            self.peer.try_call_inline(method, &json!({ "sessionId": id }), move |answer| {
                answered(answer);
                drop(under_way);
            });
        if !queued {
            tracing::warn!(session = %id, "the runtime reads nothing: a session stays loaded");
        }
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

/// Logs an answer that nobody awaits, if it is not what it should be.
fn note(id: &SessionId, answer: Result<&RawValue, &RpcError>) {
    let answer = match answer {
        Ok(result) => Ok(serde_json::from_str(result.get()).unwrap_or_default()),
        Err(error) => {
            let error = CallError::Remote(error.clone());
            Err(ClientInner::call_error("session.detach", error))
        }
    };
    if let Err(error) = detached(id, answer) {
        tracing::warn!(session = %id, %error, "a session that was let go may stay loaded");
    }
}
