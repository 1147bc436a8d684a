//! Stopping a client and the runtime that it started, in order or by force.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::rpc::{DisconnectKind, Process};
use crate::session::connection::{Client, ConnectionState, StopError, StopOutcome};
use crate::session::core::SessionCore;
use crate::session::ending::detach::detach;
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
    /// 4. Ask a runtime that this client started to shut down.
    /// 5. Close the connection; what is queued is still written, within the connection's
    ///    [`flush_timeout`](crate::rpc::ConnectionLimits::flush_timeout). The logs of all
    ///    sessions are closed with [`CloseReason::ClientStopped`], after the events that were
    ///    received until then. Starts and calls that are still under way fail with that reason.
    /// 6. Wait for the exit of a runtime that this client started; kill it if it does not exit.
    ///
    /// Each of the steps 2, 3 and 4 takes at most
    /// [`stop_answer_timeout`](crate::ClientOptions::stop_answer_timeout); step 6 takes
    /// [`stop_exit_timeout`](crate::ClientOptions::stop_exit_timeout) before the kill. The
    /// sessions' history stays on the disk.
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
    pub async fn stop(&self) -> Result<(), StopError> {
        let stopping = &self.core().stopping;
        let mut outcome = match stopping.try_lock() {
            // What failed has been told to those who stopped it.
            Ok(outcome) if outcome.is_some() => return Ok(()),
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
            sessions.iter().map(|session| Ending::begin(core, session)).collect();
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
                let params = json!({});
                let shutdown = core.call::<Value>("runtime.shutdown", &params);
                errors.extend(in_time(core, "`runtime.shutdown`", shutdown).await.err());
            }
        }
        core.peer.close(DisconnectKind::Stopped);
        core.peer.closed().await;
        core.peer.flushed().await;
        if let Some(process) = core.peer.process() {
            errors.extend(end_process(process, core.options.stop_exit_timeout).await);
        }
        if errors.is_empty() { Ok(()) } else { Err(StopError::new(errors)) }
    }

    /// Stops the client at once: closes the connection, and kills the runtime with its whole
    /// process group if this client started it.
    ///
    /// The logs of all sessions are closed with [`CloseReason::ForceStopped`], after the
    /// events that were read until then. Nothing more is sent to the runtime; what it has not
    /// persisted is lost. Returns when the runtime has exited and the logs are closed.
    ///
    /// # Cancel safety
    ///
    /// The connection is closed and the runtime killed before the first await, so dropping the
    /// future only stops waiting.
    pub async fn force_stop(&self) {
        let peer = &self.core().peer;
        self.core().registry.refuse_registrations(CloseReason::ForceStopped);
        peer.close(DisconnectKind::ForceStopped);
        if let Some(process) = peer.process() {
            process.kill();
            process.exited().await;
        }
        peer.closed().await;
    }

    /// Detaches these sessions at the same time; returns the errors.
    async fn detach_all(&self, sessions: &[Arc<SessionCore>]) -> Vec<Error> {
        let detached = sessions
            .iter()
            .filter_map(|session| Some((session, session.id()?)))
            .map(|(session, id)| async move {
                let detached = detach(self.core(), session, id);
                in_time(self.core(), "`session.detach`", detached).await.err()
            });
        join_all(detached).await.into_iter().flatten().collect()
    }
}

/// Asks a process to exit, waits, and kills it after `limit`.
async fn end_process(process: &Process, limit: Duration) -> Option<Error> {
    // The end of its input tells it to exit already; the signal is for one that ignores that.
    process.terminate();
    if timeout(limit, process.exited()).await.is_ok() {
        return None;
    }
    process.kill();
    process.exited().await;
    Some(Error::new(
        ErrorKind::TimedOut,
        format!("the runtime did not exit within {limit:?} and was killed"),
    ))
}
