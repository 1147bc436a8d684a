//! `RuntimeRequest`: a request from the runtime to this client, such as a hook or a question.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::ids::SessionId;
#[cfg(feature = "methods")]
use crate::methods::ClientMethod;
use crate::rpc::RpcError;
use crate::session::inbox::message::Message;

/// A request from the runtime to this client, such as `hooks.invoke` or `userInput.request`,
/// as the handler of [`ClientOptions::on_request`](crate::ClientOptions::on_request) gets it.
///
/// `Debug` does not show the parameters, which may have secrets.
#[derive(Debug)]
pub struct RuntimeRequest {
    message: Message,
}

impl RuntimeRequest {
    pub(in crate::session) fn new(method: &str, params: Option<&RawValue>) -> Self {
        Self { message: Message::new(method, params) }
    }

    /// The name of the requested method.
    pub fn method(&self) -> &str {
        self.message.method()
    }

    /// The session that the request is about: the parameter `sessionId`, if it is a text that is
    /// not empty. It may be one that this client does not have.
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
    /// [`RpcError::INVALID_PARAMS`] when the parameters can't be decoded as a `T`. A handler can return
    /// the error as its answer.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, RpcError> {
        self.message.params()
    }

    /// Decodes the parameters of the method `M`. Unknown fields, values and variants are
    /// accepted: see [`methods`](crate::methods).
    ///
    /// # Errors
    ///
    /// [`RpcError::METHOD_NOT_FOUND`] when the request is not for `M`,
    /// [`RpcError::INVALID_PARAMS`] when its parameters can't be decoded. A handler can return the
    /// error as its answer.
    #[cfg(feature = "methods")]
    pub fn params_of<M: ClientMethod>(&self) -> Result<M::Params, RpcError> {
        self.message.params_of::<M>()
    }

    pub(super) fn message(&self) -> &Message {
        &self.message
    }
}
