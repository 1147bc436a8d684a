//! The error of a JSON-RPC call.

use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::rpc::disconnect::Disconnect;
use crate::rpc::encode::EncodeError;
use crate::rpc::message::RpcError;

/// Why a call has no result.
///
/// `Display` prints this level only; the cause is in `source()`. `Debug` prints no part of an answer.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The peer answered with an error object.
    #[error("the peer answered with an error")]
    Remote(#[source] RpcError),
    /// The connection closed before the response arrived, or was closed before the call.
    ///
    /// The peer may or may not have executed the request.
    /// [`Inbound::closed`](crate::rpc::Inbound::closed) has run before this is returned.
    #[error("the connection is closed")]
    Closed(#[source] Disconnect),
    /// The parameters do not serialize to JSON that a peer can parse: the caller's fault.
    /// Nothing was sent.
    #[error("the parameters cannot be encoded as JSON")]
    Encode(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The peer answered, but the result does not deserialize to the caller's type.
    #[error("the result of {method} does not have the expected type")]
    #[non_exhaustive]
    Decode {
        /// The method that was called.
        method: String,
        /// Where and why deserialization failed, without the value that was refused.
        #[source]
        error: Arc<dyn std::error::Error + Send + Sync>,
        /// The result as it was on the wire.
        raw: Box<RawValue>,
    },
    /// The peer rejected a message without naming its id, so any call that was pending then
    /// may never get a response. All of them fail with this error.
    ///
    /// The peer may have executed the call all the same.
    #[error("the peer rejected a message without naming its id")]
    Unattributed(#[source] RpcError),
    /// The peer sent an answer that can't be read, for this reason: to this call, or to one that can't be
    /// told, in which case every pending call fails.
    ///
    /// The peer has executed the call, if the answer was this one's.
    #[error("an answer of the peer can't be read: {0}")]
    Unreadable(Box<str>),
    /// The peer's answer is longer than [`FrameLimits::max_body`](crate::rpc::FrameLimits::max_body), and was
    /// passed over.
    ///
    /// If it can't be told which call it was for, every pending call fails.
    #[error("an answer of the peer has {announced} bytes, of which {limit} are the most")]
    #[non_exhaustive]
    TooLarge {
        /// The length of the answer's frame.
        announced: u64,
        /// The limit in force.
        limit: usize,
    },
}

impl fmt::Debug for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(error) => formatter.debug_tuple("Remote").field(error).finish(),
            Self::Closed(reason) => formatter.debug_tuple("Closed").field(reason).finish(),
            Self::Encode(error) => formatter.debug_tuple("Encode").field(error).finish(),
            Self::Decode { method, error, raw } => formatter
                .debug_struct("Decode")
                .field("method", method)
                .field("error", error)
                // Answers may hold secrets.
                .field("bytes", &raw.get().len())
                .finish_non_exhaustive(),
            Self::Unattributed(error) => {
                formatter.debug_tuple("Unattributed").field(error).finish()
            }
            Self::Unreadable(reason) => {
                formatter.debug_tuple("Unreadable").field(reason).finish()
            }
            Self::TooLarge { announced, limit } => formatter
                .debug_struct("TooLarge")
                .field("announced", announced)
                .field("limit", limit)
                .finish(),
        }
    }
}

impl From<EncodeError> for CallError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(Arc::new(error))
    }
}
