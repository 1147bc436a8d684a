//! Stopping a client and the runtime that it started, in order or by force.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::{join, join_all};
use serde_json::{Value, json};
use tokio::task::unconstrained;

use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::ids::SessionId;
use crate::rpc::{DisconnectKind, Process, RpcError};
use crate::session::connection::{
    Client, ClientCore, ConnectionState, StopError, StopOutcome, StopReport,
};
use crate::session::core::{InsideEnding, SessionCore};
use crate::session::ending::detach::detach;
use crate::session::ending::drain::drain;
use crate::session::ending::from_runtime::close_all;
use crate::session::ending::limit::in_time;
use crate::session::ending::under_way::Ending;

impl Client {
    /// Stops the client in order: detaches its sessions, closes the connection, and ends the
    /// runtime if this client started it.
    ///
    /// The steps:
    ///
    /// 1. Refuse new sessions.
    /// 2. Detach all sessions, at the same time.
    /// 3. Wait for the runtime's answers about sessions that were dropped and starts that were
    ///    abandoned.
    /// 4. Ask a runtime that this client started to shut down. One that does not know how to has
    ///    nothing to do: step 6 ends it.
    /// 5. Close the connection; what is queued is still written, within the connection's
    ///    [`flush_timeout`](crate::rpc::ConnectionLimits::flush_timeout). The logs of all
    ///    sessions that were started are closed with [`CloseReason::ClientStopped`], after the events
    ///    that were received until then; that of a pending session when it is dropped. Starts and calls
    ///    that are still under way fail with that reason.
    /// 6. Wait until the event handlers of all sessions, those that have ended before included, have
    ///    handled what is in the logs. At the same time, wait for the exit of a runtime that this client
    ///    started; kill it if it does not exit.
    ///
    /// Each of the steps 2, 3 and 4 takes at most
    /// [`stop_answer_timeout`](crate::ClientOptions::stop_answer_timeout), and so does closing the
    /// connection, when the tokio runtime that it runs on is not driven. Step 6 takes at most
    /// [`drain_timeout`](crate::ClientOptions::drain_timeout) for the handlers, and
    /// [`stop_exit_timeout`](crate::ClientOptions::stop_exit_timeout) before the kill and after it. By
    /// default that is 25 s for a mute runtime that this client did not start, and 50 s for one that it
    /// did. The sessions' history stays on the disk.
    ///
    /// Returns how many events the handlers had not handled by then. An event handler that calls this
    /// is not waited for, and goes on afterwards.
    ///
    /// A second stop beside another waits for it, and has its outcome. Stopping a stopped client is no
    /// error.
    ///
    /// # Errors
    ///
    /// A [`StopError`] with the errors of all failed steps. The client is stopped all the same.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the remaining steps undone, and no new session can be
    /// started. A stop that waits for it goes on with them; else call `stop` again, or
    /// [`force_stop`](Self::force_stop).
    pub async fn stop(&self) -> Result<StopReport, StopError> {
        let _inside = InsideEnding::begin(&self.core().event_handlers);
        let stopping = &self.core().stopping;
        let mut outcome = match stopping.try_lock() {
            // What failed has been told to those who stopped it.
            Ok(outcome) if outcome.is_some() => return Ok(StopReport::default()),
            Ok(outcome) => outcome,
            Err(_) => {
                let outcome = stopping.lock().await;
                if let Some(outcome) = &*outcome {
                    return outcome.clone();
                }
                outcome
            }
        };
        outcome.insert(self.stop_in_order().await).clone()
    }

    async fn stop_in_order(&self) -> StopOutcome {
        let core = self.core();
        let mut errors = Vec::new();
        core.registry.refuse_registrations(CloseReason::ClientStopped);
        let sessions = core.registry.all();
        // Until the logs are closed: what the runtime says of their unloading is our doing.
        let _endings: Vec<_> =
            sessions.iter().map(|(_, session)| Ending::begin(core, session)).collect();
        core.state.send_if_modified(|state| {
            let open = !matches!(state, ConnectionState::Closed(_));
            if open {
                *state = ConnectionState::Stopping;
            }
            open
        });
        if !core.peer.is_closed() {
            errors.extend(self.detach_all(&sessions).await);
            // Before the shutdown: a runtime that is asked for it while it detaches a session
            // may never answer. Starts that a caller still awaits are not waited for: they may
            // take long, and they fail when the connection closes.
            let background = core.background.done().map(Ok);
            errors.extend(in_time(core, "earlier requests", background).await.err());
            if core.peer.process().is_some() {
                let shut_down = in_time(core, "`runtime.shutdown`", shut_down(core)).await;
                errors.extend(shut_down.err());
            }
        }
        core.peer.close(DisconnectKind::Stopped);
        match close(core, CloseReason::ClientStopped).await {
            // Its writer has a limit of its own; this one is for a tokio runtime that runs no tasks.
            None => {
                let limit = core.options.connection_limits.flush_limit();
                let limit = limit.saturating_add(core.options.stop_answer_timeout);
                core.within(limit, core.peer.flushed()).await;
            }
            error => errors.extend(error),
        }
        let exit = async {
            match core.peer.process() {
                Some(process) => end_process(core, process).await,
                None => None,
            }
        };
        let (left, not_exited) = join(drain(core, &core.event_handlers), exit).await;
        errors.extend(not_exited);
        let report = StopReport::new(left.into_iter().map(|it| (it.session_id, it.events)));
        if errors.is_empty() { Ok(report) } else { Err(StopError::new(errors, report)) }
    }

    /// Stops the client at once: closes the connection, and kills the runtime with its whole
    /// process group if this client started it.
    ///
    /// The logs of all sessions are closed with [`CloseReason::ForceStopped`], after the
    /// events that were read until then. Nothing more is sent to the runtime; what it has not
    /// persisted is lost. Returns when the runtime has exited and the logs are closed; event handlers
    /// are not waited for. It takes at most
    /// [`stop_exit_timeout`](crate::ClientOptions::stop_exit_timeout) for the exit, and
    /// [`stop_answer_timeout`](crate::ClientOptions::stop_answer_timeout) for the connection, which is
    /// reached when the tokio runtime that it runs on is not driven.
    ///
    /// # Cancel safety
    ///
    /// The connection is closed and the runtime killed before the first await, so dropping the
    /// future only stops waiting.
    pub async fn force_stop(&self) {
        let core = self.core();
        core.registry.refuse_registrations(CloseReason::ForceStopped);
        core.peer.close(DisconnectKind::ForceStopped);
        if let Some(process) = core.peer.process() {
            process.kill();
            core.within(core.options.stop_exit_timeout, process.exited()).await;
        }
        close(core, CloseReason::ForceStopped).await;
    }

    /// Detaches these sessions at the same time; returns the errors.
    async fn detach_all(&self, sessions: &[(SessionId, Arc<SessionCore>)]) -> Vec<Error> {
        let detached = sessions.iter().map(|(id, session)| async move {
            let detached = detach(self.core(), session, id);
            let detached = in_time(self.core(), "the request to detach it", detached).await;
            detached.err().map(|error| error.of_session(id))
        });
        // With the task's budget, which is spent after a few of them, all others would be polled for
        // nothing each time: the square of their number.
        unconstrained(join_all(detached)).await.into_iter().flatten().collect()
    }
}

/// Asks the runtime to shut down.
async fn shut_down(client: &ClientCore) -> Result<()> {
    shut_down_outcome(client.call("runtime.shutdown", &json!({})).await)
}

/// A runtime that does not know how to has nothing to do.
fn shut_down_outcome(answer: Result<Value>) -> Result<()> {
    match answer {
        Err(error) if *error.kind() == ErrorKind::Rpc(RpcError::METHOD_NOT_FOUND) => {
            tracing::debug!("the runtime does not know `runtime.shutdown`");
            Ok(())
        }
        answer => answer.map(drop),
    }
}

/// Waits until the connection, which is closing, has closed. If nobody drives its tokio runtime, closes
/// the logs here.
async fn close(core: &ClientCore, reason: CloseReason) -> Option<Error> {
    let limit = core.options.stop_answer_timeout;
    if core.within(limit, core.peer.closed()).await.is_some() {
        return None;
    }
    close_all(&core.registry, &reason);
    core.state.send_replace(ConnectionState::Closed(reason));
    Some(Error::new(
        ErrorKind::TimedOut,
        format!(
            "the connection did not close within {limit:?}: the tokio runtime that it was made on does \
             not run its tasks; drive that runtime while the client is stopped"
        ),
    ))
}

/// Asks a process to exit, waits, and kills it after the limit.
async fn end_process(core: &ClientCore, process: &Process) -> Option<Error> {
    let limit = core.options.stop_exit_timeout;
    // The end of its input tells it to exit already; the signal is for one that ignores that.
    process.terminate();
    if core.within(limit, process.exited()).await.is_some() {
        return None;
    }
    process.kill();
    let exited = core.within(limit, process.exited()).await.is_some();
    let outcome = if exited { "and was killed" } else { "and not after it was killed either" };
    Some(Error::new(
        ErrorKind::TimedOut,
        format!("the runtime did not exit within {limit:?} {outcome}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shutdown_that_is_not_known_is_done_and_one_that_is_refused_is_not() {
        let refused = |code| Err(Error::new(ErrorKind::Rpc(code), "no"));
        assert!(shut_down_outcome(Ok(json!({}))).is_ok());
        assert!(shut_down_outcome(refused(RpcError::METHOD_NOT_FOUND)).is_ok());
        assert!(shut_down_outcome(refused(RpcError::INTERNAL_ERROR)).is_err());
    }
}
