//! Detaching a session: telling the runtime that this client no longer uses it.

use std::future::Future;
use std::sync::{Arc, Weak};

use futures::FutureExt;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::rpc::{CallError, RpcError};
use crate::session::connection::{
    ClientCore, Departure, DetachOutcome, DetachRole, Detachment,
};
use crate::session::core::SessionCore;

const DETACH: &str = "session.detach";
/// The name of the same method in older runtimes.
const DESTROY: &str = "session.destroy";

/// Detaches the session and waits for the answer. Whoever else is at it shares the request and its
/// answer. Sends nothing when the id is free: then the runtime has ended the session itself, or
/// somebody else has ended it here.
pub(super) async fn detach(
    client: &Arc<ClientCore>,
    session: &Arc<SessionCore>,
    id: &SessionId,
) -> Result<()> {
    let mut is_owed = false;
    loop {
        let (turn, detachment) = match client.registry.begin_detach(id, session) {
            Some(begun) => begun,
            None if !is_owed => return Ok(()),
            // Who was to send it has given up, and freed the id.
            None if client.registry.is_taken_from(id, session) => return Err(unsent(id)),
            None => (DetachRole::First, Arc::default()),
        };
        if matches!(turn, DetachRole::First) {
            let mut request = Request::new(client, id, &detachment);
            request.is_awaited = true;
            request.send(client, DETACH).await?;
        }
        match detachment.outcome().await {
            DetachOutcome::Answered(answer) => return answer,
            // The one who was to send it gave up, or the connection has ended.
            DetachOutcome::Unsent => is_owed = true,
        }
    }
}

/// Detaches the session without waiting, unless it is being detached already. The request is queued at
/// once, ahead of all later requests. [`Client::stop`] waits for the answer.
///
/// [`Client::stop`]: crate::session::connection::Client::stop
pub(super) fn detach_in_background(
    client: &Arc<ClientCore>,
    session: &Arc<SessionCore>,
    id: &SessionId,
) {
    let Some((turn, detachment)) = client.registry.begin_detach(id, session) else { return };
    detachment.leave(client.background.enter());
    if matches!(turn, DetachRole::First) {
        Request::new(client, id, &detachment).send_in_background(client);
    }
}

/// Detaches, without waiting, what the runtime has loaded anew under the id: an activation that no
/// session of this client stands for.
pub(in crate::session) fn detach_again(client: &Arc<ClientCore>, id: &SessionId) {
    let detachment = Arc::<Detachment>::default();
    detachment.leave(client.background.enter());
    Request::new(client, id, &detachment).send_in_background(client);
}

/// Detaches a session that the runtime has started for an abandoned attempt, unless this client
/// has a session with that id. If that is still being started and fails, it is detached then.
pub(in crate::session) fn detach_unowned(client: &Arc<ClientCore>, id: &SessionId) {
    if !client.registry.note_loaded(id) {
        tracing::debug!(session = ?id, "detaching a session whose start was abandoned");
        detach_again(client, id);
    }
}

/// A request under way. Dropped without an answer it was never sent, or the connection has ended.
struct Request {
    // Weak, because the connection owns the callback and must not keep itself open.
    client: Weak<ClientCore>,
    id: SessionId,
    /// `None` once the answer is there.
    detachment: Option<Arc<Detachment>>,
    /// Until the answer, a start of the id waits.
    _departure: Departure,
    /// It waits for room to be queued, and its caller may give it up.
    is_awaited: bool,
}

impl Request {
    fn new(client: &Arc<ClientCore>, id: &SessionId, detachment: &Arc<Detachment>) -> Self {
        Self {
            client: Arc::downgrade(client),
            id: id.clone(),
            detachment: Some(Arc::clone(detachment)),
            _departure: client.registry.departures.begin(id),
            is_awaited: false,
        }
    }

    /// Waits until there is room, sends it, and waits until an answer is recorded, or can't be known.
    ///
    /// # Errors
    ///
    /// When it was not sent, or the connection has ended.
    fn send(
        self,
        client: &ClientCore,
        method: &'static str,
    ) -> impl Future<Output = Result<()>> + Send + use<> {
        let detachment = self.detachment.clone();
        let params = json!({ "sessionId": self.id });
        // The callback runs on the connection's reader.
        let on_answer =
            move |answer: Result<&RawValue, &CallError>| self.answered(method, answer);
        let sent = client.peer.call_inline(method, &params, on_answer);
        async move {
            match sent.await {
                // The callback has recorded it.
                Ok(_) | Err(CallError::Remote(_)) => Ok(()),
                // Whether the runtime has detached it may never be known: nobody waits for it any longer.
                Err(
                    error @ (CallError::Unattributed(_)
                    | CallError::Unreadable(_)
                    | CallError::TooLarge { .. }),
                ) => {
                    let error = ClientCore::call_error(method, error);
                    if let Some(detachment) = detachment {
                        detachment.finish(DetachOutcome::Answered(Err(error)));
                    }
                    Ok(())
                }
                Err(error) => Err(ClientCore::call_error(method, error)),
            }
        }
    }

    /// Sends it without waiting: it is queued now, if there is room.
    fn send_in_background(self, client: &ClientCore) {
        let mut sent = Box::pin(self.send(client, DETACH));
        if sent.as_mut().now_or_never().is_none() {
            client.tokio.spawn(sent);
        }
    }

    fn answered(mut self, method: &'static str, answer: Result<&RawValue, &CallError>) {
        let Some(detachment) = self.detachment.take() else { return };
        let is_unknown = matches!(
            answer,
            Err(CallError::Remote(error)) if error.code == RpcError::METHOD_NOT_FOUND
        );
        if method == DETACH
            && is_unknown
            && let Some(client) = self.client.upgrade()
            // The session may have been resumed meanwhile.
            && !client.registry.is_in_use(&self.id)
        {
            // If it can't be sent, its drop records that.
            let request = Self::new(&client, &self.id, &detachment);
            client.tokio.spawn(request.send(&client, DESTROY));
            return;
        }
        let outcome = detach_outcome(method, &self.id, answer);
        let background = detachment.finish(DetachOutcome::Answered(outcome.clone()));
        if let (Some(_), Err(error)) = (background, outcome) {
            tracing::warn!(session = ?self.id, error = ?error.to_string(), "detaching a session failed; it may stay loaded");
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let Some(detachment) = self.detachment.take() else { return };
        let left = detachment.finish(DetachOutcome::Unsent);
        // The caller gave up, and by then somebody else had left the request to him.
        if left.is_some()
            && self.is_awaited
            && let Some(client) = self.client.upgrade()
            && !client.registry.is_in_use(&self.id)
        {
            detach_again(&client, &self.id);
        }
    }
}

/// Whether the runtime's answer says that the session is detached.
fn detach_outcome(
    method: &str,
    id: &SessionId,
    answer: Result<&RawValue, &CallError>,
) -> Result<()> {
    let answer: Value = match answer {
        // Whatever it is that is no error: it has answered.
        Ok(answer) => serde_json::from_str(answer.get()).unwrap_or_default(),
        Err(error) => {
            let error = ClientCore::call_error(method, error.clone());
            // A session that is not loaded is detached already.
            let is_detached = *error.kind() == ErrorKind::SessionNotFound;
            return if is_detached { Ok(()) } else { Err(error) };
        }
    };
    if answer.get("success") != Some(&Value::Bool(false)) {
        return Ok(());
    }
    // Its text alone: no other part of an answer is printed.
    let reason = answer.get("error").and_then(Value::as_str);
    let reason = reason.unwrap_or("it did not say why");
    Err(Error::new(
        ErrorKind::InvalidResponse,
        format!(
            "the runtime could not detach session {id}: {reason}; it may stay loaded there"
        ),
    ))
}

fn unsent(id: &SessionId) -> Error {
    Error::new(
        ErrorKind::TimedOut,
        format!(
            "there was no room to ask for the detach of session {id} in time, and another has the id \
             since; the runtime may have both loaded"
        ),
    )
}
