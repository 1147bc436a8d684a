//! How the runtime is told that a session is let go.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::RpcError;
use crate::session::SessionId;

use super::ClientInner;

/// Counts the detaches that no caller awaits: each holds a receiver until its answer.
#[derive(Debug, Default)]
pub(super) struct Unawaited(watch::Sender<()>);

impl Unawaited {
    /// Waits until all of them are answered, or given up with the connection.
    pub(super) async fn done(&self) {
        self.0.closed().await;
    }
}

impl ClientInner {
    /// Detaches this connection from a session. Older runtimes know it as `session.destroy`.
    pub(in crate::session) async fn detach(&self, id: &SessionId) -> Result<()> {
        let params = json!({ "sessionId": id });
        let detached = self.call::<Value>("session.detach", &params).await;
        let done = match detached {
            Err(error) if *error.kind() == ErrorKind::Rpc(RpcError::METHOD_NOT_FOUND) => {
                self.call::<Value>("session.destroy", &params).await
            }
            detached => detached,
        };
        match done {
            Ok(result) if result.get("success") == Some(&Value::Bool(false)) => {
                Err(Error::new(
                    ErrorKind::InvalidResponse,
                    format!(
                        "the runtime could not detach session {id}: {}",
                        result.get("error").unwrap_or(&Value::Null)
                    ),
                ))
            }
            Ok(_) => Ok(()),
            // What is not loaded needs no detaching.
            Err(error) if *error.kind() == ErrorKind::SessionNotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The same, from where nothing can be awaited. Requests that follow on the connection
    /// come after it, and [`Client::stop`](super::Client::stop) waits for its answer.
    pub(in crate::session) fn detach_unawaited(self: &Arc<Self>, id: &SessionId) {
        self.tell_unawaited("session.detach", id);
    }

    fn tell_unawaited(self: &Arc<Self>, method: &'static str, id: &SessionId) {
        if self.peer.is_closed() {
            return;
        }
        let params = json!({ "sessionId": id });
        let under_way = self.unawaited.0.subscribe();
        let client = Arc::downgrade(self);
        let session = id.clone();
        let queued = self.peer.try_call_inline(method, &params, move |answer| {
            match (answer, client.upgrade()) {
                (Err(error), Some(client))
                    if error.code == RpcError::METHOD_NOT_FOUND
                        && method == "session.detach" =>
                {
                    client.tell_unawaited("session.destroy", &session);
                }
                (Err(error), _) => {
                    tracing::debug!(%session, %error, "the runtime did not detach a session");
                }
                (Ok(_), _) => {}
            }
            drop(under_way);
        });
        if !queued {
            tracing::warn!(session = %id, "the runtime reads nothing: a session stays loaded");
        }
    }
}
