//! Starting a session: from pending to active, or back to pending if anything fails.
//!
//! Uses `states`, `ending`, `connection`, `config`, `core` and the rooms below them. What a
//! start does step by step is `attempt`; how a start that failed or was dropped is undone is
//! `rollback`; `error` gives the session back; `loaded` reads what an answer has loaded; `until_free` waits for the end of an earlier session with the id; `reconfigure` resumes a session that is active.

mod attempt;
mod error;
mod in_place;
mod loaded;
mod reconfigure;
mod rollback;
mod until_free;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::Instrument;

use self::attempt::attempt;
use crate::error::Result;
use crate::session::core::StartInfo;
use crate::session::ending::SessionGuard;
use crate::session::states::{Active, Pending, Session};

pub use self::error::StartError;

impl Session<Pending> {
    /// Starts the session: asks the runtime to create or resume it. Awaiting the session does
    /// the same.
    ///
    /// Nothing is sent before the future is first polled. The session is ready to receive
    /// events before the request is sent, so none is missed, and its event handlers begin to
    /// run. It becomes active with the runtime's answer; a cloud session waits for the agent's
    /// `session.start`. Before the request an earlier detach of the id is waited for, for at most
    /// [`detach_answer_timeout`](crate::ClientOptions::detach_answer_timeout). There is no time limit else: to set one, time out on a `&mut` reference to
    /// the future and then [`cancel`](Start::cancel) it.
    ///
    /// # Errors
    ///
    /// A [`StartError`], which lists the kinds and gives the session back for another try.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the session and undoes the attempt: if the runtime has started
    /// the session, or does so later, it is detached. [`Start::cancel`] does the same and gives
    /// the session back.
    ///
    /// # Panics
    ///
    /// When polled outside a tokio runtime, when polled after it has completed, or if the
    /// system can't spawn a thread for a blocking handler.
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

/// The future of a session's start, from [`Session::start`].
///
/// Its output is the active session, or a [`StartError`] with the pending one.
#[must_use = "futures do nothing unless polled"]
pub struct Start {
    // Dropped before `session`: the attempt is undone while the session still exists.
    attempt: BoxFuture<'static, Result<(SessionGuard, StartInfo)>>,
    session: Option<Session<Pending>>,
    /// It was polled: the session's handlers are in place.
    has_begun: bool,
}

impl Start {
    pub(super) fn new(session: Session<Pending>) -> Self {
        let client = session.state.client.clone();
        let core = Arc::clone(&session.view.core);
        let request = session.state.request.clone();
        let span =
            tracing::debug_span!("session.start", method = ?request.method, id = ?request.id);
        let attempt = attempt(client, core, request).instrument(span).boxed();
        Self { attempt, session: Some(session), has_begun: false }
    }

    /// Puts the session's handlers in place, with the first poll.
    fn begin(&mut self) -> Result<()> {
        let Some(session) = self.session.as_mut().filter(|_| !self.has_begun) else {
            return Ok(());
        };
        self.has_begun = true;
        for handler in std::mem::take(session.state.handlers_mut()) {
            handler.spawn(session.state.client.core(), &session.view.core);
        }
        match &session.state.requests {
            Some(requests) => requests.begin(&session.handle()),
            None => Ok(()),
        }
    }

    /// Cancels the start and gives the session back, ready for another try under the same id.
    ///
    /// Open streams and running handlers continue with the next try. If the runtime has started
    /// the session, or does so later, it is detached.
    ///
    /// # Panics
    ///
    /// If the future has completed.
    #[expect(clippy::expect_used, reason = "documented")]
    pub fn cancel(self) -> Session<Pending> {
        let Self { attempt, session, .. } = self;
        drop(attempt);
        session.expect("`cancel` called on a start that has completed")
    }
}

impl Future for Start {
    type Output = Result<Session<Active>, StartError>;

    #[expect(clippy::expect_used, reason = "the contract of `Future`")]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let outcome = match this.begin() {
            Ok(()) => ready!(this.attempt.as_mut().poll(cx)),
            Err(error) => Err(error),
        };
        let session = this.session.take().expect("polled after it has completed");
        Poll::Ready(match outcome {
            Ok((guard, info)) => {
                let handle = session.handle();
                let Session { view, state } = session;
                let continues = state.request.continues;
                let requests = state.disarm();
                if let Some(requests) = &requests {
                    requests.started(continues);
                }
                Ok(Session { view, state: Active { guard, handle, info, requests } })
            }
            Err(error) => {
                tracing::debug!(error = ?error.to_string(), "session not started");
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
