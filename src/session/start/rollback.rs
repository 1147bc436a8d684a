//! Undoing a start that failed, was cancelled or was dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::rpc::CallError;
use crate::session::connection::{ClientCore, Departure, Registration, WaitGuard};
use crate::session::core::SessionCore;
use crate::session::ending::detach_unowned;
use crate::session::start::loaded::loaded;

/// A guard that undoes an attempt when it is dropped, unless the attempt has succeeded: it
/// removes the registration, and detaches the session if the runtime has started it or does so
/// later.
pub(super) struct Rollback {
    attempt: Arc<Attempt>,
    succeeded: bool,
}

/// The state that the guard shares with the callback of the runtime's answer.
struct Attempt {
    // Weak, because the connection owns the callback and must not keep itself open.
    client: Weak<ClientCore>,
    session: Arc<SessionCore>,
    /// The id that was asked for.
    id: Option<SessionId>,
    state: Mutex<AttemptState>,
}

#[derive(Default)]
struct AttemptState {
    registration: Option<Registration>,
    /// The id of the session that the runtime has started.
    started: Option<SessionId>,
    /// Why the session could not be registered under the id that the runtime chose.
    registration_error: Option<Error>,
    abandoned: bool,
    /// Makes `Client::stop` wait for the answer to an abandoned attempt. Set when the attempt
    /// is abandoned, dropped with the answer's callback.
    background: Option<WaitGuard>,
    /// Likewise for the next start of the id.
    departure: Option<Departure>,
}

impl Rollback {
    /// `id`: the one that the session is asked for by, unless the runtime chooses it.
    pub(super) fn new(
        client: &Arc<ClientCore>,
        session: &Arc<SessionCore>,
        id: Option<SessionId>,
    ) -> Self {
        let attempt = Attempt {
            client: Arc::downgrade(client),
            session: Arc::clone(session),
            id,
            state: Mutex::default(),
        };
        Self { attempt: Arc::new(attempt), succeeded: false }
    }

    /// Reserves an id that this client has chosen.
    pub(super) fn reserve(&self, client: &ClientCore, id: &SessionId) -> Result<()> {
        let registration = client.registry.reserve(id, &self.attempt.session)?;
        self.attempt.lock().registration = Some(registration);
        Ok(())
    }

    /// Registers the session under the id that was reserved, before the runtime is asked for it.
    pub(super) fn open(&self) -> Result<()> {
        self.attempt.lock().registration.as_ref().map_or(Ok(()), Registration::open)
    }

    /// The callback for the answer. It runs on the connection's reader before the next frame is
    /// handled, so that a session with an id from the runtime is registered before its events
    /// come.
    pub(super) fn on_answer(
        &self,
    ) -> impl FnOnce(Result<&RawValue, &CallError>) + Send + 'static {
        let attempt = Arc::clone(&self.attempt);
        move |answer| attempt.handle_answer(answer)
    }

    /// Fails if the session could not be registered under the id that the runtime chose.
    pub(super) fn check_registered(&self) -> Result<()> {
        match self.attempt.lock().registration_error.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Ends the attempt without undoing it, and hands its registration over.
    pub(super) fn succeed(mut self) -> Result<Registration> {
        let registration = self.attempt.lock().registration.take();
        let registration = registration.ok_or_else(|| {
            // The callback registers the session whenever the answer contains an id.
            Error::new(
                ErrorKind::InvalidResponse,
                "the runtime's answer to the start contains no session id",
            )
        })?;
        self.succeeded = true;
        Ok(registration)
    }
}

impl Drop for Rollback {
    fn drop(&mut self) {
        if self.succeeded {
            return;
        }
        let mut state = self.attempt.lock();
        state.abandoned = true;
        self.attempt.session.set_started(false);
        let registration = state.registration.take();
        let started = state.started.take();
        let client = self.attempt.client.upgrade();
        // Both go with the callback of the answer: at once, if there is none or it has run.
        state.background = client.as_ref().map(|client| client.background.enter());
        let id = self.attempt.id.as_ref().or(started.as_ref());
        state.departure =
            client.as_ref().zip(id).map(|(client, id)| client.registry.departures.begin(id));
        drop(state);
        // The runtime may have answered an earlier try meanwhile, and left it to this one.
        let is_loaded = registration.is_some_and(Registration::release);
        let loaded = started.or_else(|| self.attempt.id.clone().filter(|_| is_loaded));
        if let (Some(loaded), Some(client)) = (loaded, client) {
            detach_unowned(&client, &loaded);
        }
    }
}

impl Attempt {
    fn handle_answer(&self, answer: Result<&RawValue, &CallError>) {
        let Some((session_id, capabilities)) = loaded(answer, self.id.as_ref()) else { return };
        let Some(client) = self.client.upgrade() else { return };
        let mut state = self.lock();
        if state.abandoned {
            drop(state);
            detach_unowned(&client, &session_id);
            return;
        }
        if state.registration.is_none() {
            match client.registry.register(&session_id, &self.session) {
                Ok(registration) => {
                    state.registration = Some(registration);
                }
                Err(error) => state.registration_error = Some(error),
            }
        }
        if state.registration_error.is_none() {
            self.session.set_started(true);
            // Here, because a change of them may follow in the same read.
            self.session.set_capabilities(capabilities.unwrap_or_default());
        }
        state.started = Some(session_id.clone());
        let failed = state.registration_error.is_some();
        drop(state);
        tracing::debug!(session = ?session_id, failed, "the runtime has answered a start");
        // Of events that were buffered for the session. A waker is foreign code: never under the
        // lock.
        self.session.wake();
    }

    fn lock(&self) -> MutexGuard<'_, AttemptState> {
        // No change under this lock can panic halfway, so a poisoned lock's state is valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
