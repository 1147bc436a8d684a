//! Creating and resuming sessions.

use crate::ids::SessionId;
use crate::session::config::{ResumeConfig, SessionConfig};
use crate::session::connection::Client;
use crate::session::states::{Pending, Session};

impl Client {
    /// A new session, as yet unknown to the runtime: see [`Session<Pending>`].
    pub fn create_session(&self, config: SessionConfig) -> Session<Pending> {
        Session::pending(self.clone(), config.into_request())
    }

    /// A session that goes on from its persisted history, or joins one that is loaded.
    pub fn resume_session(
        &self,
        id: impl Into<SessionId>,
        config: ResumeConfig,
    ) -> Session<Pending> {
        Session::pending(self.clone(), config.into_request(id.into()))
    }
}
