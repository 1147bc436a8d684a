//! Creating and resuming sessions.

use crate::ids::SessionId;
use crate::session::config::{ResumeConfig, SessionConfig};
use crate::session::connection::Client;
use crate::session::states::{Pending, Session};

impl Client {
    /// Creates a new session, in the state [`Pending`]: nothing is sent until it is started.
    ///
    /// The session has an id already, a random UUID unless the configuration sets one; the
    /// runtime chooses the id of a cloud session. [Start](Session::start) it, or await it.
    #[must_use = "a pending session does nothing until it is started"]
    pub fn create_session(&self, config: SessionConfig) -> Session<Pending> {
        Session::pending(self.clone(), config.into_request())
    }

    /// Resumes a session by its id: continues from its persisted history, or joins it if the
    /// runtime has it loaded. Returns it in the state [`Pending`]: nothing is sent until it is
    /// started.
    ///
    /// The session's log begins with the first event after the resume.
    /// [`history`](Session::history) fetches the earlier events.
    #[must_use = "a pending session does nothing until it is started"]
    pub fn resume_session(
        &self,
        id: impl Into<SessionId>,
        config: ResumeConfig,
    ) -> Session<Pending> {
        Session::pending(self.clone(), config.into_request(id.into()))
    }
}
