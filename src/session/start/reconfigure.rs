//! Reconfiguring an active session: resuming it in place, with other options.

use crate::error::Result;
use crate::session::config::ResumeConfig;
use crate::session::handle::until_closed;
use crate::session::start::attempt::{invalid_config, read_answer, register_interests};
use crate::session::states::{Active, Session};

impl Session<Active> {
    /// Gives the session other options: resumes it in place, while it goes on.
    ///
    /// Its log, streams, handlers and handles continue; work under way is not disturbed. The options
    /// are those of a resume: what is not set is as in a new resume, not as before. The runtime writes
    /// a `session.resume` event into the log, unless [`ResumeConfig::suppress_resume_event`] is set.
    /// Afterwards [`start_info`](Self::start_info) and [`capabilities`](Self::capabilities) are those of
    /// the new answer. There is no time limit.
    ///
    /// # Errors
    ///
    /// Those of a [start](Session::start). The session stays active. If the runtime received the
    /// request, it is unknown which options are in force: reconfigure again.
    ///
    /// # Cancel safety
    ///
    /// After dropping the future it is unknown which options are in force, as after an error.
    pub async fn reconfigure(&mut self, config: ResumeConfig) -> Result<()> {
        let request = config.into_request(self.id().clone());
        let params = request.params.as_ref().map_err(|problem| invalid_config(problem))?;
        let answer = self.state.handle.call_with_id(request.method, params).await?;
        let (info, capabilities) = read_answer(&request, &answer)?;
        self.view.core.set_capabilities(capabilities);
        let client = self.client().core();
        let registered = register_interests(client, info.session_id(), &request.interests);
        until_closed(&self.view.core, registered).await?;
        self.state.info = info;
        Ok(())
    }
}
