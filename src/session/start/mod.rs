//! From pending to active, with one way back for everything that can go wrong.

mod attempt;
mod error;
mod rollback;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::Instrument;

use self::attempt::{Started, attempt};
use crate::error::Result;
use crate::session::ending::SessionGuard;
use crate::session::states::{Active, Pending, Session};

pub use self::error::StartError;

impl Session<Pending> {
    /// Registers the session and asks the runtime to create or resume it. Awaiting the
    /// session does the same.
    ///
    /// The session can receive events before the request is sent. It becomes active with
    /// the runtime's answer; a cloud session at its `session.start`.
    ///
    /// # Errors
    ///
    /// A [`StartError`] gives the session back, ready for another try;
    /// see there for what can go wrong.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes the registration back and, should the runtime have
    /// started the session, or do so still, detaches it there. To keep the pending session
    /// for another try, end the attempt with [`Start::cancel`].
    ///
    /// # Panics
    ///
    /// When polled outside of a tokio runtime, or if the system has no thread for a
    /// blocking handler.
    pub fn start(self) -> Start {
        Start::new(self)
    }
}

impl IntoFuture for Session<Pending> {
    type Output = <Start as Future>::Output;
    type IntoFuture = Start;

    fn into_future(self) -> Start {
        self.start()
    }
}

/// The start of a session under way; see [`Session::start`].
#[must_use = "futures do nothing unless polled"]
pub struct Start {
    // Dropped first: takes back what the attempt has done while the session still exists.
    attempt: BoxFuture<'static, Result<(SessionGuard, Started)>>,
    session: Option<Session<Pending>>,
}

impl Start {
    pub(super) fn new(session: Session<Pending>) -> Self {
        let client = session.client.clone();
        let core = Arc::clone(&session.core);
        let request = session.state.request.clone();
        let span =
            tracing::debug_span!("session.start", method = request.method, id = ?request.id);
        let attempt = attempt(client, core, request).instrument(span).boxed();
        Self { attempt, session: Some(session) }
    }

    /// Ends the attempt and gives the session back, with its subscribers, ready for
    /// another try under the same id.
    ///
    /// Does what dropping the future does: the registration is taken back, and a session
    /// that the runtime starts all the same is detached there.
    ///
    /// # Panics
    ///
    /// When the future has completed.
    #[expect(clippy::expect_used, reason = "documented")]
    pub fn cancel(self) -> Session<Pending> {
        let Self { attempt, session } = self;
        drop(attempt);
        session.expect("`cancel` called on a start that has completed")
    }
}

impl Future for Start {
    type Output = Result<Session<Active>, StartError>;

    #[expect(clippy::expect_used, reason = "the contract of `Future`")]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(session) = &mut this.session {
            for handler in std::mem::take(session.state.handlers_mut()) {
                handler.spawn(&session.core);
            }
        }
        let outcome = ready!(this.attempt.as_mut().poll(cx));
        let session = this.session.take().expect("polled after it was ready");
        Poll::Ready(match outcome {
            Ok((guard, started)) => {
                let Session { client, core, state } = session;
                state.disarm();
                Ok(Session {
                    client,
                    core,
                    state: Active::new(guard, started.workspace_path, started.capabilities),
                })
            }
            Err(error) => {
                tracing::debug!(%error, "session not started");
                Err(StartError { error, session: Box::new(session) })
            }
        })
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("session", &self.session).finish_non_exhaustive()
    }
}
