//! From pending to active, with one way back for everything that can go wrong.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result};
use crate::events::CloseReason;
use crate::rpc::RpcError;
use crate::session::active::Active;
use crate::session::client::{Client, ClientInner, UnderWay};
use crate::session::config::{Plan, Ready};
use crate::session::core::SessionCore;
use crate::session::lease::Lease;
use crate::session::pending::Pending;
use crate::session::registry::Registration;
use crate::session::state::Session;
use crate::session::wire::Started;
use crate::session::{SessionId, signals};

/// The start of a session under way; see [`Session::start`].
#[must_use = "futures do nothing unless polled"]
pub struct Start {
    // Dropped first: takes back what the attempt has done while the session still exists.
    attempt: BoxFuture<'static, Result<(Lease, Started)>>,
    session: Option<Session<Pending>>,
}

impl Start {
    pub(super) fn new(session: Session<Pending>) -> Self {
        let client = session.client.clone();
        let core = Arc::clone(&session.core);
        let plan = session.state.plan.clone();
        let span = tracing::debug_span!("session.start", method = plan.method, id = ?plan.id);
        let attempt = attempt(client, core, plan).instrument(span).boxed();
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
            Ok((lease, started)) => {
                let Session { client, core, state } = session;
                state.disarm();
                Ok(Session { client, core, state: Active::new(lease, started) })
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

/// A session could not be started. It is given back: [`into_pending`](Self::into_pending)
/// has its subscribers still, and can be started again, under the same id.
///
/// Kinds to expect: [`SessionInUse`](ErrorKind::SessionInUse),
/// [`SessionNotFound`](ErrorKind::SessionNotFound) (resume),
/// [`SessionMismatch`](ErrorKind::SessionMismatch),
/// [`InvalidInput`](ErrorKind::InvalidInput), [`Rpc`](ErrorKind::Rpc),
/// [`InvalidResponse`](ErrorKind::InvalidResponse), and [`Closed`](ErrorKind::Closed) when
/// the connection ended: another try then needs a new client.
pub struct StartError {
    error: Error,
    session: Box<Session<Pending>>,
}

impl StartError {
    /// What sort of error it is.
    pub fn kind(&self) -> &ErrorKind {
        self.error.kind()
    }

    /// The error.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The session, ready for another try.
    pub fn into_pending(self) -> Session<Pending> {
        *self.session
    }

    /// The error and the session.
    pub fn into_parts(self) -> (Error, Session<Pending>) {
        (self.error, *self.session)
    }
}

impl From<StartError> for Error {
    /// The error alone; the session is dropped.
    fn from(error: StartError) -> Self {
        error.error
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

/// One attempt. Everything that it has done is taken back by `undo` unless it succeeds.
async fn attempt(
    client: Client,
    core: Arc<SessionCore>,
    plan: Plan,
) -> Result<(Lease, Started)> {
    let inner = client.inner();
    let params = plan.params.map_err(|what| {
        Error::new(ErrorKind::InvalidInput, format!("the session's configuration: {what}"))
    })?;
    let undo = Undo { slot: Arc::new(Slot::new(&client, &core)), done: false };
    // Held until the answer has named the session and its events have been claimed.
    let mut unassigned = None;
    match &plan.id {
        Some(id) => undo.slot.lock().registration = Some(inner.registry().register(id, &core)?),
        None => unassigned = Some(inner.registry().expect_unassigned()?),
    }
    let slot = Arc::clone(&undo.slot);
    let answer = inner
        .peer()
        .call_inline(plan.method, &params, move |answer| slot.answered(answer))
        .await
        .map_err(|error| ClientInner::call_error(plan.method, error))?;
    drop(unassigned);
    let started: Started = serde_json::from_str(answer.get()).map_err(|error| {
        Error::new(
            ErrorKind::InvalidResponse,
            format!(
                "the runtime's answer to `{}` does not have the expected shape",
                plan.method
            ),
        )
        .with_source(error)
    })?;
    if let Some(id) = plan.id.filter(|id| *id != started.session_id) {
        return Err(Error::new(
            ErrorKind::SessionMismatch,
            format!("asked for session {id}, the runtime answered with {}", started.session_id),
        ));
    }
    if let Some(refused) = undo.slot.lock().refused.take() {
        return Err(refused);
    }
    for event_type in &plan.interests {
        let params = json!({ "sessionId": started.session_id, "eventType": event_type });
        inner.call::<serde_json::Value>("session.eventLog.registerInterest", &params).await?;
    }
    if plan.ready == Ready::AtSessionStart {
        at_session_start(&core).await?;
    }
    if let Some(reason) = core.log().close_reason() {
        return Err(Error::closed(reason));
    }
    tracing::debug!(session = %started.session_id, "session active");
    Ok((undo.keep(client.clone(), core, &started)?, started))
}

/// Waits for the agent of a cloud session: what is sent to it before is lost.
async fn at_session_start(core: &SessionCore) -> Result<()> {
    let mut events = core.log().events();
    while let Some(item) = events.next().await {
        let Ok(event) = item else { continue };
        if signals::producer(&event).as_deref() == Some("copilot-agent") {
            return Ok(());
        }
    }
    Err(Error::closed(core.log().close_reason().unwrap_or(CloseReason::Dropped)))
}

/// What the attempt and the answer's callback share.
struct Slot {
    // Weak: the callback lives in the connection, which must not keep itself alive.
    client: Weak<ClientInner>,
    core: Arc<SessionCore>,
    state: Mutex<SlotState>,
}

#[derive(Default)]
struct SlotState {
    registration: Option<Registration>,
    /// The session that the runtime has started.
    started: Option<SessionId>,
    /// Why the session that the runtime named could not be registered.
    refused: Option<Error>,
    abandoned: bool,
    /// From when it was abandoned until the answer, which the callback drops it with.
    under_way: Option<UnderWay>,
}

impl Slot {
    fn new(client: &Client, core: &Arc<SessionCore>) -> Self {
        Self {
            client: Arc::downgrade(client.inner()),
            core: Arc::clone(core),
            state: Mutex::default(),
        }
    }

    /// Runs on the reader before the next frame is looked at, so that a session which the
    /// runtime named has its place before its events come.
    fn answered(&self, answer: Result<&RawValue, &RpcError>) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Named {
            session_id: SessionId,
        }

        let Ok(answer) = answer else { return };
        let Ok(Named { session_id }) = serde_json::from_str(answer.get()) else { return };
        let Some(client) = self.client.upgrade() else { return };
        let mut state = self.lock();
        if state.abandoned {
            drop(state);
            detach_stray(&client, &session_id);
            return;
        }
        if state.registration.is_none() {
            match client.registry().register(&session_id, &self.core) {
                Ok(registration) => {
                    self.core.assign(session_id.clone());
                    state.registration = Some(registration);
                }
                Err(error) => state.refused = Some(error),
            }
        }
        if state.refused.is_none() {
            self.core.set_started(true);
        }
        state.started = Some(session_id);
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        // No code that can panic runs between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes an attempt back on drop.
struct Undo {
    slot: Arc<Slot>,
    done: bool,
}

impl Undo {
    fn keep(
        mut self,
        client: Client,
        core: Arc<SessionCore>,
        started: &Started,
    ) -> Result<Lease> {
        let registration = self.slot.lock().registration.take();
        let registration = registration.ok_or_else(|| {
            // The callback registers every session that an answer names.
            Error::new(ErrorKind::InvalidResponse, "the runtime's answer named no session")
        })?;
        self.done = true;
        Ok(Lease::new(client, core, started.session_id.clone(), registration))
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut state = self.slot.lock();
        state.abandoned = true;
        self.slot.core.set_started(false);
        let registration = state.registration.take();
        let started = state.started.take();
        let client = self.slot.client.upgrade();
        state.under_way = client.as_ref().map(|client| client.under_way());
        drop(state);
        drop(registration);
        if let (Some(started), Some(client)) = (started, client) {
            detach_stray(&client, &started);
        }
    }
}

/// Detaches a session that the runtime has started for nobody, unless somebody here holds
/// one of that id.
fn detach_stray(client: &Arc<ClientInner>, id: &SessionId) {
    if !client.registry().is_registered(id.as_str()) {
        tracing::debug!(session = %id, "detaching a session whose start was given up");
        client.detach_unawaited(id);
    }
}
