//! Asking for the end of a session by its handle.

use std::future::Future;

use crate::error::Result;
use crate::events::CloseReason;
use crate::session::ending::disconnect;
use crate::session::handle::SessionHandle;

impl SessionHandle {
    /// Ends the session as its owner's [`disconnect`](crate::Session::disconnect) would: detaches from
    /// it, and closes its log with [`CloseReason::Disconnected`]. Returns why the log is closed, which
    /// may be an earlier end.
    ///
    /// Waits for the runtime's answer, for at most
    /// [`stop_answer_timeout`](crate::ClientOptions::stop_answer_timeout), and for nothing else, no event
    /// handler either. The owner still has
    /// its `Session<Active>`, whose calls now fail.
    ///
    /// # Errors
    ///
    /// - [`NotStarted`](crate::ErrorKind::NotStarted): the session has not been started.
    /// - Those of [`call`](Self::call), when the runtime could not be reached or refused, and
    ///   [`TimedOut`](crate::ErrorKind::TimedOut). The session is closed all the same.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the answer leaves the session open in this program, while the runtime
    /// may have detached it: close it again.
    pub fn close(&self) -> impl Future<Output = Result<CloseReason>> + Send + use<> {
        let handle = self.clone();
        async move {
            let core = handle.core();
            if let Some(reason) = core.log().close_reason() {
                return Ok(reason);
            }
            let (id, client) = handle.open()?;
            let detached = disconnect(client.core(), core, &id).await;
            let reason = core.log().close_reason().unwrap_or(CloseReason::Disconnected);
            detached.map(|()| reason)
        }
    }
}
