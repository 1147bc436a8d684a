//! `RuntimeNotification`: a notification from the runtime, such as a telemetry event.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::ids::SessionId;
#[cfg(feature = "methods")]
use crate::methods::ClientMethod;
use crate::rpc::RpcError;
use crate::session::inbox::message::Message;

/// A notification from the runtime to this client, such as `gitHubTelemetry.event`, as the handler
/// of [`ClientOptions::on_notification`](crate::ClientOptions::on_notification) gets it. It has no
/// answer.
///
/// `Debug` does not show the parameters, which may have secrets.
#[derive(Debug)]
pub struct RuntimeNotification {
    message: Message,
}

impl RuntimeNotification {
    pub(in crate::session) fn new(method: &str, params: Option<&RawValue>) -> Self {
        Self { message: Message::new(method, params) }
    }

    /// The name of the method.
    pub fn method(&self) -> &str {
        self.message.method()
    }

    /// The session that the notification is about: the parameter `sessionId`, if it is a text that
    /// is not empty. It may be one that this client does not have.
    pub fn session_id(&self) -> Option<&SessionId> {
        self.message.session_id()
    }

    /// The JSON text of the parameters as the runtime wrote it; `null` if there are none.
    pub fn raw_params(&self) -> &str {
        self.message.raw_params()
    }

    /// Decodes the parameters as a `T`.
    ///
    /// # Errors
    ///
    /// [`RpcError::INVALID_PARAMS`] when the parameters can't be decoded as a `T`.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, RpcError> {
        self.message.params()
    }

    /// Decodes the parameters of the method `M`, such as `GitHubTelemetryEventMethod`. Unknown
    /// fields, values and variants are accepted: see [`methods`](crate::methods).
    ///
    /// # Errors
    ///
    /// [`RpcError::METHOD_NOT_FOUND`] when the notification is not of `M`,
    /// [`RpcError::INVALID_PARAMS`] when its parameters can't be decoded.
    #[cfg(feature = "methods")]
    pub fn params_of<M: ClientMethod>(&self) -> Result<M::Params, RpcError> {
        self.message.params_of::<M>()
    }

    pub(super) fn message(&self) -> &Message {
        &self.message
    }
}
