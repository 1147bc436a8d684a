//! How a call fails.

use serde_json::value::RawValue;

use crate::rpc::disconnect::Disconnect;
use crate::rpc::encode::EncodeError;
use crate::rpc::message::RpcError;

/// Why a call has no result.
///
/// `Display` prints this level only; the rest of the story is `source()`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The peer answered with an error.
    #[error("the peer answered with an error")]
    Remote(#[source] RpcError),
    /// The connection ended before the answer came, or had ended before.
    ///
    /// The peer may or may not have acted on the request. When this is returned,
    /// [`Inbound::closed`](crate::rpc::Inbound::closed) has run.
    #[error("the connection is closed")]
    Closed(#[source] Disconnect),
    /// The parameters cannot be sent as JSON; nothing was sent. The caller's fault.
    #[error("the parameters cannot be encoded")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The peer answered, but not with what the caller expects.
    #[error("the answer to {method} has an unexpected shape")]
    #[non_exhaustive]
    Decode {
        /// The method that was called.
        method: String,
        /// What did not fit.
        #[source]
        error: serde_json::Error,
        /// The answer, verbatim.
        raw: Box<RawValue>,
    },
    /// The peer rejected some message without saying which, so any call that was pending
    /// then may be the one that never gets an answer. All of them fail with this.
    #[error("the peer rejected a message without saying which")]
    Unattributed(#[source] RpcError),
}

impl From<EncodeError> for CallError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(Box::new(error))
    }
}
