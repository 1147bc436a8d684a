//! Stopping a client and the runtime that it started, in order or by force.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::rpc::{DisconnectKind, Process, RpcError};
use crate::session::connection::{Client, ClientCore, ConnectionState};
use crate::session::core::SessionCore;
use crate::session::ending::detach::detach;

/// The error of [`Client::stop`]: the client is stopped, but some steps failed.
#[derive(Debug)]
pub struct StopError {
    errors: Vec<Error>,
}

impl StopError {
    /// The errors of all failed steps, in the order of the steps.
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }
}

impl fmt::Display for StopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client is stopped, but some steps failed: ")?;
        for (index, error) in self.errors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for StopError {}

impl From<StopError> for Error {
    fn from(error: StopError) -> Self {
        Self::new(ErrorKind::Stop, "the client is stopped, but some steps of it failed")
            .with_source(error)
    }
}

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
    ///    sessions are closed with [`CloseReason::ClientStopped`], after the events that were
    ///    received until then. Starts and calls that are still under way fail with that reason.
    /// 6. Wait for the exit of a runtime that this client started; kill it if it does not exit.
    ///
    /// Each of the steps 2, 3 and 4 takes at most
    /// [`stop_answer_timeout`](crate::ClientOptions::stop_answer_timeout); step 6 takes
    /// [`stop_exit_timeout`](crate::ClientOptions::stop_exit_timeout) before the kill. The
    /// sessions' history stays on the disk. Stopping a stopped client is no error.
    ///
    /// # Errors
    ///
    /// A [`StopError`] with the errors of all failed steps. The client is stopped all the same.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the remaining steps undone, and no new session can be
    /// started. Call `stop` again, or [`force_stop`](Self::force_stop).
    pub async fn stop(&self) -> Result<(), StopError> {
        let core = self.core();
        let mut errors = Vec::new();
        core.registry.refuse_registrations(CloseReason::ClientStopped);
        let sessions = core.registry.all();
        // Until the logs are closed: what the runtime says of their unloading is our doing.
        let _endings: Vec<_> = sessions.iter().map(|session| session.ending()).collect();
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
            errors.extend(self.within("earlier requests", background).await.err());
            if core.peer.process().is_some() {
                let shut_down = self.within("`runtime.shutdown`", shut_down(core)).await;
                errors.extend(shut_down.err());
            }
        }
        core.peer.close(DisconnectKind::Stopped);
        core.peer.closed().await;
        core.peer.flushed().await;
        if let Some(process) = core.peer.process() {
            errors.extend(end_process(process, core.options.stop_exit_timeout).await);
        }
        if errors.is_empty() { Ok(()) } else { Err(StopError { errors }) }
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
                let detached = async {
                    let _turn = session.detaching().await;
                    if self.core().registry.is_same(id, session) {
                        detach(self.core(), id).await
                    } else {
                        Ok(())
                    }
                };
                self.within("`session.detach`", detached).await.err()
            });
        join_all(detached).await.into_iter().flatten().collect()
    }

    /// Waits for an answer for at most the stop's answer timeout.
    async fn within<T>(
        &self,
        what: &str,
        answer: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let limit = self.core().options.stop_answer_timeout;
        timeout(limit, answer).await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::TimedOut,
                format!("the runtime did not answer {what} within {limit:?}"),
            ))
        })
    }
}

/// Asks the runtime to shut down.
async fn shut_down(client: &ClientCore) -> Result<()> {
    match client.call::<Value>("runtime.shutdown", &json!({})).await {
        Err(error) if *error.kind() == ErrorKind::Rpc(RpcError::METHOD_NOT_FOUND) => {
            tracing::debug!("the runtime does not know `runtime.shutdown`");
            Ok(())
        }
        answer => answer.map(drop),
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
