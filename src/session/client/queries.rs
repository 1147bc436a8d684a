//! Queries to the runtime: its version, the signed-in user, its persisted sessions.

use serde::Deserialize;
use serde_json::json;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::session::client::answers::{
    AuthStatus, MetadataAnswer, Pong, SessionFilter, SessionIdAnswer, SessionListAnswer,
    SessionMetadata, Status,
};
use crate::session::connection::Client;

impl Client {
    /// Pings the runtime, which answers with `message`, its time and its protocol version.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn ping(&self, message: impl Into<String>) -> Result<Pong> {
        self.core().call("ping", &json!({ "message": message.into() })).await
    }

    /// Queries the runtime's version and protocol.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn status(&self) -> Result<Status> {
        self.core().call("status.get", &json!({})).await
    }

    /// Queries whether a GitHub user is signed in, and who.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn auth_status(&self) -> Result<AuthStatus> {
        self.core().call("auth.getStatus", &json!({})).await
    }

    /// Lists the sessions that the runtime has persisted. A session that never got a message is
    /// not among them.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn list_sessions(&self) -> Result<Vec<SessionMetadata>> {
        let list: SessionListAnswer = self.core().call("session.list", &json!({})).await?;
        Ok(list.sessions)
    }

    /// Lists the persisted sessions that match a filter, such as those of one repository.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn find_sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionMetadata>> {
        let params = json!({ "filter": filter });
        let list: SessionListAnswer = self.core().call("session.list", &params).await?;
        Ok(list.sessions)
    }

    /// Queries which session the runtime's own user interface shows; `None` if it shows none.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call). A runtime without a user interface does not know the method and
    /// answers with [`RpcError::METHOD_NOT_FOUND`](crate::rpc::RpcError::METHOD_NOT_FOUND).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn foreground_session(&self) -> Result<Option<SessionId>> {
        let shown: SessionIdAnswer =
            self.core().call("session.getForeground", &json!({})).await?;
        Ok(shown.session_id)
    }

    /// Makes the runtime's own user interface show this session.
    ///
    /// # Errors
    ///
    /// As [`foreground_session`](Self::foreground_session), and
    /// [`InvalidResponse`](ErrorKind::InvalidResponse) when the runtime did not show the
    /// session.
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub async fn set_foreground_session(&self, id: &SessionId) -> Result<()> {
        #[derive(Deserialize)]
        struct Shown {
            #[serde(default)]
            success: bool,
            #[serde(default)]
            error: Option<String>,
        }

        let params = json!({ "sessionId": id });
        let done: Shown = self.core().call("session.setForeground", &params).await?;
        if done.success {
            return Ok(());
        }
        let why = done.error.unwrap_or_else(|| "it did not say why".to_owned());
        Err(Error::new(
            ErrorKind::InvalidResponse,
            format!("the runtime did not show session {id}: {why}"),
        ))
    }

    /// Queries what the runtime knows about a persisted session; `None` if it does not know the
    /// id.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn session_metadata(&self, id: &SessionId) -> Result<Option<SessionMetadata>> {
        let params = json!({ "sessionId": id });
        let found: MetadataAnswer = self.core().call("session.getMetadata", &params).await?;
        Ok(found.session)
    }

    /// Queries the id of the session that was used last; `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub async fn last_session_id(&self) -> Result<Option<SessionId>> {
        let last: SessionIdAnswer = self.core().call("session.getLastId", &json!({})).await?;
        Ok(last.session_id)
    }
}
