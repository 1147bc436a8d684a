//! Questions to the runtime: its version, its user, its persisted sessions.

use serde::Deserialize;
use serde_json::json;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::session::client::answers::{
    AuthStatus, FoundSession, NamedSession, Pong, SessionFilter, SessionList, SessionMetadata,
    Status,
};
use crate::session::connection::Client;

impl Client {
    /// Asks the runtime for a sign of life.
    pub async fn ping(&self, message: impl Into<String>) -> Result<Pong> {
        self.core().call("ping", &json!({ "message": message.into() })).await
    }

    /// The runtime's version and protocol.
    pub async fn status(&self) -> Result<Status> {
        self.core().call("status.get", &json!({})).await
    }

    /// Whether a user is signed in.
    pub async fn auth_status(&self) -> Result<AuthStatus> {
        self.core().call("auth.getStatus", &json!({})).await
    }

    /// The sessions that the runtime has persisted. One that was never sent a message is
    /// not among them.
    pub async fn list_sessions(&self) -> Result<Vec<SessionMetadata>> {
        let list: SessionList = self.core().call("session.list", &json!({})).await?;
        Ok(list.sessions)
    }

    /// Those of [`list_sessions`](Self::list_sessions) that worked in a place.
    pub async fn find_sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionMetadata>> {
        let params = json!({ "filter": filter });
        let list: SessionList = self.core().call("session.list", &params).await?;
        Ok(list.sessions)
    }

    /// The session that the runtime's own user interface shows; `None` if it shows none.
    /// Only a runtime that has one knows the method.
    pub async fn foreground_session(&self) -> Result<Option<SessionId>> {
        let shown: NamedSession = self.core().call("session.getForeground", &json!({})).await?;
        Ok(shown.session_id)
    }

    /// Has the runtime's own user interface show this session. Only a runtime that has one
    /// knows the method.
    ///
    /// # Errors
    ///
    /// Also when the runtime says that it did not.
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

    /// What the runtime knows of a session; `None` if it knows none of that id.
    pub async fn session_metadata(&self, id: &SessionId) -> Result<Option<SessionMetadata>> {
        let params = json!({ "sessionId": id });
        let found: FoundSession = self.core().call("session.getMetadata", &params).await?;
        Ok(found.session)
    }

    /// The session that was used last; `None` if there is none.
    pub async fn last_session_id(&self) -> Result<Option<SessionId>> {
        let last: NamedSession = self.core().call("session.getLastId", &json!({})).await?;
        Ok(last.session_id)
    }
}
