//! Taking back what a start has done, however it ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::rpc::RpcError;
use crate::session::connection::{ClientCore, Registration, WaitGuard};
use crate::session::core::SessionCore;
use crate::session::ending::detach_stray;

/// Takes an attempt back on drop, unless it has succeeded: its registration is given up, and
/// a session that the runtime has started, or will still start, is detached there.
pub(super) struct Rollback {
    attempt: Arc<Attempt>,
    succeeded: bool,
}

/// What the attempt and the callback of its answer share.
struct Attempt {
    // Weak: the callback lives in the connection, which must not keep itself alive.
    client: Weak<ClientCore>,
    session: Arc<SessionCore>,
    state: Mutex<AttemptState>,
}

#[derive(Default)]
struct AttemptState {
    registration: Option<Registration>,
    /// The session that the runtime has started.
    started: Option<SessionId>,
    /// Why the session that the runtime named could not be registered.
    refused: Option<Error>,
    abandoned: bool,
    /// Held from when it was abandoned until the answer, whose callback drops it.
    background: Option<WaitGuard>,
}

impl Rollback {
    pub(super) fn new(client: &Arc<ClientCore>, session: &Arc<SessionCore>) -> Self {
        let attempt = Attempt {
            client: Arc::downgrade(client),
            session: Arc::clone(session),
            state: Mutex::default(),
        };
        Self { attempt: Arc::new(attempt), succeeded: false }
    }

    /// Registers the session under the id that this client has chosen.
    pub(super) fn register(&self, client: &ClientCore, id: &SessionId) -> Result<()> {
        let registration = client.registry.register(id, &self.attempt.session)?;
        self.attempt.lock().registration = Some(registration);
        Ok(())
    }

    /// What to call with the answer: on the reader, before the next frame is looked at, so
    /// that a session which the runtime named has its place before its events come.
    pub(super) fn on_answer(
        &self,
    ) -> impl FnOnce(Result<&RawValue, &RpcError>) + Send + 'static {
        let attempt = Arc::clone(&self.attempt);
        move |answer| attempt.answered(answer)
    }

    /// Fails if the session that the runtime named could not be registered.
    pub(super) fn check_registered(&self) -> Result<()> {
        match self.attempt.lock().refused.take() {
            Some(refused) => Err(refused),
            None => Ok(()),
        }
    }

    /// Takes nothing back; gives the session's place away.
    pub(super) fn succeed(mut self) -> Result<Registration> {
        let registration = self.attempt.lock().registration.take();
        let registration = registration.ok_or_else(|| {
            // The callback registers every session that an answer names.
            Error::new(ErrorKind::InvalidResponse, "the runtime's answer named no session")
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
        state.background = client.as_ref().map(|client| client.background.enter());
        drop(state);
        drop(registration);
        if let (Some(started), Some(client)) = (started, client) {
            detach_stray(&client, &started);
        }
    }
}

impl Attempt {
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
            match client.registry.register(&session_id, &self.session) {
                Ok(registration) => {
                    self.session.assign(session_id.clone());
                    state.registration = Some(registration);
                }
                Err(error) => state.refused = Some(error),
            }
        }
        if state.refused.is_none() {
            self.session.set_started(true);
        }
        state.started = Some(session_id);
    }

    fn lock(&self) -> MutexGuard<'_, AttemptState> {
        // No code that can panic runs between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
