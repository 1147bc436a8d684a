//! Stopping a client, in order or by force.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::rpc::{DisconnectKind, Process};
use crate::session::connection::{Client, ConnectionState};
use crate::session::ending::detach::detach;

/// What went wrong while a client was stopped. It is stopped all the same.
#[derive(Debug)]
pub struct StopError {
    errors: Vec<Error>,
}

impl StopError {
    /// Every error, in the order of the steps.
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }
}

impl fmt::Display for StopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client is stopped, but not every step went well: ")?;
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
        Self::new(ErrorKind::Stop, "stopping the client met errors").with_source(error)
    }
}

impl Client {
    /// Stops the client in order: refuses new sessions, detaches those it has, waits for the
    /// answers to starts that were given up and to sessions that were dropped, tells a runtime
    /// that it started to shut down, closes the connection, and waits until that runtime has
    /// exited, by force at last.
    ///
    /// Each answer may take
    /// [`stop_answer_timeout`](crate::ClientOptions::stop_answer_timeout), the exit
    /// [`stop_exit_timeout`](crate::ClientOptions::stop_exit_timeout).
    /// Sessions keep their history on the disk. Their logs are closed with
    /// [`CloseReason::ClientStopped`], after everything that the runtime said until then.
    /// Stopping twice is no error.
    ///
    /// # Errors
    ///
    /// All that went wrong on the way. The client is stopped nevertheless.
    ///
    /// # Cancel safety
    ///
    /// A dropped stop leaves the rest undone; call it again, or
    /// [`force_stop`](Self::force_stop).
    pub async fn stop(&self) -> Result<(), StopError> {
        let core = self.core();
        let mut errors = Vec::new();
        core.registry.refuse(CloseReason::ClientStopped);
        core.state.send_if_modified(|state| {
            let open = !matches!(state, ConnectionState::Closed(_));
            if open {
                *state = ConnectionState::Stopping;
            }
            open
        });
        if !core.peer.is_closed() {
            errors.extend(self.detach_all().await);
            // A runtime may never answer to a shutdown that it is asked for while it detaches a
            // session. (A start that somebody awaits still is not waited for: it may take long,
            // and fails with the connection.)
            let background = core.background.done().map(Ok);
            errors.extend(self.within("what was asked before", background).await.err());
            if core.peer.process().is_some() {
                let params = json!({});
                let shutdown = core.call::<Value>("runtime.shutdown", &params);
                errors.extend(self.within("`runtime.shutdown`", shutdown).await.err());
            }
        }
        core.peer.close(DisconnectKind::Stopped);
        core.peer.closed().await;
        core.peer.flushed().await;
        if let Some(process) = core.peer.process() {
            errors.extend(end(process, core.options.stop_exit_timeout).await);
        }
        if errors.is_empty() { Ok(()) } else { Err(StopError { errors }) }
    }

    /// Ends the client at once: kills a runtime that it started, with its whole process
    /// group, and closes every session's log with [`CloseReason::ForceStopped`] after what
    /// was received. What the runtime had not persisted is lost.
    ///
    /// # Cancel safety
    ///
    /// The kill happens before the first await.
    pub async fn force_stop(&self) {
        let peer = &self.core().peer;
        self.core().registry.refuse(CloseReason::ForceStopped);
        peer.close(DisconnectKind::ForceStopped);
        if let Some(process) = peer.process() {
            process.kill();
            process.exited().await;
        }
        peer.closed().await;
    }

    async fn detach_all(&self) -> Vec<Error> {
        let sessions = self.core().registry.all();
        let detached =
            sessions.iter().filter_map(|core| core.id().cloned()).map(|id| async move {
                if let Some(core) = self.core().registry.get(id.as_str()) {
                    core.begin_ending(CloseReason::ClientStopped);
                }
                self.within("`session.detach`", detach(self.core(), &id)).await.err()
            });
        join_all(detached).await.into_iter().flatten().collect()
    }

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

/// Waits for a process to exit; asks it, then makes it.
async fn end(process: &Process, limit: Duration) -> Option<Error> {
    // The end of its input tells it already; the signal is for those that miss it.
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
