//! Reconfiguring an active session: resuming it in place, with other options.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::error::Result;
use crate::rpc::CallError;
use crate::session::config::ResumeConfig;
use crate::session::connection::ClientCore;
use crate::session::ending::{detach_again, detach_unowned};
use crate::session::handle::until_closed;
use crate::session::handlers::{HandlerSet, Requests};
use crate::session::start::attempt::{invalid_config, read_answer, register_interests};
use crate::session::start::loaded::loaded;
use crate::session::start::until_free::until_free;
use crate::session::states::{Active, Session};

impl Session<Active> {
    /// Gives the session other options: resumes it in place, while it goes on.
    ///
    /// Its log, streams, handlers and handles continue; work under way is not disturbed. The options
    /// are those of a resume: what is not set is as in a new resume, not as before. The runtime writes
    /// a `session.resume` event into the log, unless [`ResumeConfig::suppress_resume_event`] is set.
    /// Afterwards [`start_info`](Self::start_info) and [`capabilities`](Self::capabilities) are those of
    /// the new answer. There is no time limit on it; before it is asked for, an earlier detach of the id is
    /// waited for, as [`detach_answer_timeout`](crate::ClientOptions::detach_answer_timeout) says.
    ///
    /// # Errors
    ///
    /// Those of a [start](Session::start); [`Closed`](crate::ErrorKind::Closed) while the client is being
    /// stopped, or if the session has ended meanwhile. Else it stays active. If the runtime received the
    /// request, it is unknown which options are in force: reconfigure again.
    ///
    /// # Cancel safety
    ///
    /// After dropping the future it is unknown which options are in force, as after an error.
    pub async fn reconfigure(&mut self, config: ResumeConfig) -> Result<()> {
        let request = config.into_request(self.id().clone());
        let params = request.params.as_ref().map_err(|problem| invalid_config(problem))?;
        self.state.handle.open()?;
        self.update_requests(&request.handlers)?;
        let client = Arc::clone(self.client().core());
        let free = async {
            until_free(&client, self.id()).await;
            Ok(())
        };
        until_closed(&client, &self.view.core, free).await?;
        self.state.handle.open()?;
        client.registry.check_open()?;
        let resumed = client.peer.call_inline(request.method, params, self.on_answer());
        let resumed = async {
            resumed.await.map_err(|error| ClientCore::call_error(request.method, error))
        };
        let answer = until_closed(&client, &self.view.core, resumed).await?;
        self.state.info = read_answer(&request, &answer)?;
        let id = self.state.info.session_id();
        let registered = register_interests(&client, id, &request.interests);
        until_closed(&client, &self.view.core, registered).await
    }

    /// The handlers of the new configuration are in place before the runtime knows of it.
    fn update_requests(&mut self, handlers: &HandlerSet) -> Result<()> {
        let handle = &self.state.handle;
        match &self.state.requests {
            _ if handlers.is_empty() => Ok(()),
            Some(requests) => requests.update(handle, handlers),
            None => {
                let requests = Box::new(Requests::new(HandlerSet::default()));
                requests.update(handle, handlers)?;
                self.state.requests = Some(requests);
                Ok(())
            }
        }
    }

    /// The callback for the answer. It runs on the connection's reader, before the next event is read,
    /// and whatever became of the future.
    fn on_answer(&self) -> impl FnOnce(Result<&RawValue, &CallError>) + Send + 'static + use<> {
        let client = Arc::downgrade(self.client().core());
        let session = Arc::clone(&self.view.core);
        let id = self.id().clone();
        move |answer| {
            let Some(client) = client.upgrade() else { return };
            let Some((loaded, capabilities)) = loaded(answer, Some(&id)) else { return };
            if loaded != id || !client.registry.is_same(&id, &session) {
                // It is another's, or has ended meanwhile, and this has started it anew.
                detach_unowned(&client, &loaded);
            } else if session.is_unloading() || !client.registry.renew(&id, &session) {
                // Whether the runtime was asked for the end before or after this is not known.
                detach_again(&client, &id);
            } else if let Some(capabilities) = capabilities {
                session.set_capabilities(capabilities);
            }
        }
    }
}
