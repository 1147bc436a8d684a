//! Calls of a session by the name of the method.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::events::{CloseReason, EventDraft, EventLog, Origin};
use crate::session::connection::{Client, ClientCore};
use crate::session::core::SessionCore;
use crate::session::handle::SessionHandle;

impl SessionHandle {
    /// Calls a method of the runtime by its name, for this session, and decodes the result.
    ///
    /// `params` must serialize to a JSON object, or to `null` for none. The field `sessionId`
    /// is set to this session's id, replacing any other. There is no time limit. With the
    /// feature `methods`, `rpc()` has the methods with types.
    ///
    /// # Errors
    ///
    /// - [`Closed`](crate::ErrorKind::Closed): the session has ended, or ends before the
    ///   answer. Nothing is sent for a session that has ended. If the runtime ended it, an answer
    ///   that follows within a second is still taken.
    /// - [`NotStarted`](crate::ErrorKind::NotStarted): the session has not been started.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): `params` is no JSON object.
    /// - [`Rpc`](crate::ErrorKind::Rpc): the runtime answered with an error.
    /// - [`SessionNotFound`](crate::ErrorKind::SessionNotFound): the runtime does not know the
    ///   session.
    /// - [`InvalidResponse`](crate::ErrorKind::InvalidResponse): the answer can't be read, is too long, or
    ///   can't be decoded as `R`.
    ///
    /// # Cancel safety
    ///
    /// Nothing is sent before the future is polled. A dropped future leaves nothing behind in this
    /// process. Once the request has been queued, the runtime still carries it out: the protocol has
    /// no cancellation.
    pub fn call<R: DeserializeOwned + Send + 'static>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> BoxFuture<'static, Result<R>> {
        // In a box, because an `impl Future` would capture the type of `params`.
        let (handle, params, method) =
            (self.clone(), object(method, params), method.to_owned());
        async move {
            let (client, params) = handle.addressed(params)?;
            until_closed(client.core(), handle.core(), client.core().call(&method, &params))
                .await
        }
        .boxed()
    }

    /// Like [`call`](Self::call), also while the session is being started: the runtime may ask something
    /// before it has answered the start, and wait for that first.
    pub(in crate::session) async fn call_early<R: DeserializeOwned>(
        &self,
        method: &str,
        mut params: Map<String, Value>,
    ) -> Result<R> {
        let (id, client) = self.open_early()?;
        params.insert("sessionId".into(), json!(id));
        until_closed(client.core(), self.core(), client.core().call(method, &params)).await
    }

    /// Like [`call`](Self::call), but returns the result's JSON text as the runtime wrote it.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub fn call_raw(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> BoxFuture<'static, Result<Box<RawValue>>> {
        let (handle, params, method) =
            (self.clone(), object(method, params), method.to_owned());
        async move {
            let (client, params) = handle.addressed(params)?;
            until_closed(client.core(), handle.core(), client.call_raw(&method, &params)).await
        }
        .boxed()
    }

    /// The client, and the parameters with the session's id among them.
    fn addressed(
        &self,
        params: Result<Map<String, Value>>,
    ) -> Result<(Client, Map<String, Value>)> {
        let (id, client) = self.open()?;
        let mut params = params?;
        params.insert("sessionId".into(), json!(id));
        Ok((client, params))
    }

    /// Fetches the session's persisted history from the runtime, as an event log of its own.
    ///
    /// Includes events from before this program started or resumed the session. Ephemeral
    /// events, such as text deltas, are not persisted. The log has an id of its own, numbers the
    /// events from 1 and is closed with [`CloseReason::Complete`](crate::CloseReason::Complete). The
    /// whole history is in memory at once.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future changes nothing.
    pub fn history(&self) -> impl Future<Output = Result<EventLog>> + Send + use<> {
        #[derive(Deserialize)]
        struct History {
            events: Vec<EventDraft>,
        }

        let history = self.call("session.getMessages", &json!({}));
        let session = self.id().cloned();
        async move {
            let History { events } = history.await?;
            let events = events.into_iter().map(|draft| draft.with_origin(Origin::History));
            Ok(EventLog::of_session(session, events))
        }
    }
}

/// The parameters as a JSON object.
fn object(method: &str, params: &(impl Serialize + ?Sized)) -> Result<Map<String, Value>> {
    match serde_json::to_value(params) {
        Ok(Value::Object(params)) => Ok(params),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Error::invalid_params(method)),
        Err(error) => Err(Error::invalid_params(method).with_source(error)),
    }
}

/// How long an answer may come after the runtime has ended the session.
const GRACE: Duration = Duration::from_secs(1);

/// The outcome of a call, unless the session ends before it is there.
pub(in crate::session) async fn until_closed<R>(
    client: &ClientCore,
    session: &SessionCore,
    call: impl Future<Output = Result<R>>,
) -> Result<R> {
    let mut call = pin!(call);
    let reason = tokio::select! {
        biased;
        called = &mut call => return called.map_err(|error| call_error(session, error)),
        reason = session.ended() => reason,
    };
    // What made the runtime end the session may be this very call, and its answer on the way.
    let by_runtime = matches!(reason, CloseReason::Shutdown | CloseReason::Deleted);
    let grace = if by_runtime { GRACE } else { Duration::ZERO };
    match client.within(grace, call).await {
        Some(called) => called.map_err(|error| call_error(session, error)),
        None => Err(Error::closed(reason)),
    }
}

/// The error of a call. If the session has ended meanwhile, that is its cause.
fn call_error(session: &SessionCore, error: Error) -> Error {
    match session.log().close_reason() {
        Some(reason) if error.close_reason().is_none() => {
            tracing::debug!(session = ?session.id(), error = ?error.to_string(), "the session ended during a call");
            Error::closed(reason).with_source(error)
        }
        _ => error,
    }
}
