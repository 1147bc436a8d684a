//! `RuntimeRequest`: a request from the runtime to this client, such as a hook or a question.

use std::fmt;

use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

#[cfg(feature = "methods")]
use crate::methods;
#[cfg(feature = "methods")]
use crate::methods::ClientMethod;
use crate::rpc::RpcError;
use crate::secret::without_values;

/// Answers the runtime's requests; set with `ClientOptions::on_request`.
pub(in crate::session) type RequestHandler =
    dyn Fn(RuntimeRequest) -> BoxFuture<'static, Result<Value, RpcError>> + Send + Sync;

/// A request from the runtime to this client, such as `hooks.invoke` or `userInput.request`,
/// as the handler of [`ClientOptions::on_request`](crate::ClientOptions::on_request) gets it. `Debug` prints the name
/// and not the parameters.
pub struct RuntimeRequest {
    method: Box<str>,
    params: Box<str>,
}

impl RuntimeRequest {
    pub(in crate::session) fn new(method: &str, params: Option<&RawValue>) -> Self {
        Self { method: method.into(), params: params.map_or("null", RawValue::get).into() }
    }

    /// The name of the requested method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The JSON text of the parameters as the runtime wrote it; `null` if there are none.
    pub fn raw_params(&self) -> &str {
        &self.params
    }

    /// Decodes the parameters as a `T`.
    ///
    /// # Errors
    ///
    /// [`RpcError::INVALID_PARAMS`] when the parameters can't be decoded as a `T`. A handler can return
    /// the error as its answer.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, RpcError> {
        serde_json::from_str(&self.params).map_err(|error| {
            let error = without_values(&error);
            RpcError::new(RpcError::INVALID_PARAMS, format!("invalid params: {error}"))
        })
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
        if self.method() != M::NAME {
            let text = format!("the request is for `{}`, not for `{}`", self.method(), M::NAME);
            return Err(RpcError::new(RpcError::METHOD_NOT_FOUND, text));
        }
        methods::read_params::<M>(&self.params).map_err(|mismatch| {
            RpcError::new(RpcError::INVALID_PARAMS, format!("invalid params{mismatch}"))
        })
    }
}

impl fmt::Debug for RuntimeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeRequest")
            .field("method", &self.method)
            .field("bytes", &self.params.len())
            .finish_non_exhaustive()
    }
}
