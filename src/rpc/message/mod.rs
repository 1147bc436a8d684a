//! Parsing of JSON-RPC 2.0 messages, borrowed from their frame.
//!
//! One pass of serde over a frame finds the fields of the envelope; `params`, `result` and
//! `error` stay raw JSON text.

mod id;
mod salvage;

use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use self::id::Id;

pub use self::id::RequestId;
pub(crate) use self::salvage::Salvaged;

/// The error object of a JSON-RPC response.
///
/// `Display` prints the message and the code, and `Debug` the length of the data. Codes other than the constants here have the
/// meaning that the peer gives them.
#[derive(Clone, thiserror::Error)]
#[error("{message} (code {code})")]
#[non_exhaustive]
pub struct RpcError {
    /// The JSON-RPC error code.
    pub code: i64,
    /// The peer's description of the error.
    pub message: String,
    /// Further data that the peer attached, as it was on the wire.
    pub data: Option<Box<RawValue>>,
}

impl RpcError {
    /// JSON-RPC: the peer could not parse a message.
    pub const PARSE_ERROR: i64 = -32_700;
    /// JSON-RPC: the message is no request.
    pub const INVALID_REQUEST: i64 = -32_600;
    /// JSON-RPC: the method does not exist.
    pub const METHOD_NOT_FOUND: i64 = -32_601;
    /// JSON-RPC: the parameters are not valid for the method.
    pub const INVALID_PARAMS: i64 = -32_602;
    /// JSON-RPC: the method failed.
    pub const INTERNAL_ERROR: i64 = -32_603;
    /// This crate: more requests are in flight than the
    /// [limit](crate::rpc::ConnectionLimits::max_inbound_requests) allows, or more wait for an
    /// ordered handler than it takes.
    pub const TOO_MANY_REQUESTS: i64 = -32_000;

    /// Creates an error without data.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// Sets the data, which [`Responder::fail`](crate::rpc::Responder::fail) and the handlers of
    /// requests send with the error.
    pub fn with_data(mut self, data: &Value) -> Self {
        // A `Value` always serializes.
        self.data = serde_json::value::to_raw_value(data).ok();
        self
    }

    /// Reads an `error` field. Any other shape than an error object becomes an
    /// [`INTERNAL_ERROR`](Self::INTERNAL_ERROR) with that JSON as `data`, so that the call
    /// still fails.
    fn from_raw(raw: &RawValue) -> Self {
        #[derive(Deserialize)]
        struct Wire<'a> {
            code: i64,
            #[serde(borrow, default)]
            message: Option<Text<'a>>,
            #[serde(borrow, default)]
            data: Option<&'a RawValue>,
        }
        // serde accepts an array for a struct.
        let is_object = raw.get().starts_with('{');
        match serde_json::from_str::<Wire<'_>>(raw.get()) {
            Ok(wire) if is_object => Self {
                code: wire.code,
                message: wire.message.map_or_else(String::new, |text| text.0.into_owned()),
                data: wire.data.map(ToOwned::to_owned),
            },
            _ => Self {
                code: Self::INTERNAL_ERROR,
                message: "the peer sent an error that is not a JSON-RPC error object"
                    .to_owned(),
                data: Some(raw.to_owned()),
            },
        }
    }
}

impl fmt::Debug for RpcError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self.data.as_ref();
        formatter
            .debug_struct("RpcError")
            .field("code", &self.code)
            .field("message", &self.message)
            // The data may hold secrets.
            .field("data_bytes", &data.map_or(0, |data| data.get().len()))
            .finish_non_exhaustive()
    }
}

/// The message in a frame.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    Notification {
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    Request {
        id: RequestId,
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    /// `id` is `None` when no call of ours can have it: ours are unsigned integers.
    Response {
        id: Option<u64>,
        outcome: Result<&'a RawValue, RpcError>,
    },
    /// Several messages in one frame.
    Batch(Vec<&'a RawValue>),
    /// An error with a null id or without one: it names no call.
    UnattributedError(RpcError),
}

impl<'a> Message<'a> {
    /// Parses one frame; with what is unusual about a message that can be understood all the same.
    ///
    /// # Errors
    ///
    /// The frame is not a JSON-RPC 2.0 message; the text says why.
    pub(crate) fn parse(
        frame: &'a str,
    ) -> Result<(Self, Option<&'static str>), Cow<'static, str>> {
        // serde accepts an array for a struct, but in JSON-RPC an array is a batch.
        match frame.trim_ascii_start().as_bytes().first() {
            Some(b'{') => {}
            Some(b'[') => return batch(frame),
            _ => return Err("not a JSON object".into()),
        }
        let envelope: Envelope<'a> =
            serde_json::from_str(frame).map_err(|error| position_of(&error))?;
        let mut unusual = match envelope.jsonrpc.map(RawValue::get) {
            Some("\"2.0\"") => None,
            Some(_) => Some("the jsonrpc field is not \"2.0\""),
            None => Some("the jsonrpc field is missing"),
        };
        let params = envelope.params;
        let has_outcome = envelope.result.is_some() || envelope.error.is_some();
        let mut method = envelope.method;
        if has_outcome && envelope.id.is_some() && method.take().is_some() {
            unusual = Some("a response that names a method");
        }
        let message = match (method, envelope.id) {
            (Some(Text(method)), None) => Message::Notification { method, params },
            (Some(Text(method)), Some(raw)) => match RequestId::new(raw) {
                Ok(id) => Message::Request { id, method, params },
                Err(reason) => return Err(reason.into()),
            },
            (None, Some(raw)) if raw.get() != "null" => {
                if unusual.is_some() && !has_outcome {
                    return Err("an id without a method, a result or an error".into());
                }
                if raw.get().starts_with(['{', '[', 't', 'f']) {
                    return Err("a response whose id is neither a number nor a string".into());
                }
                let id = Id::of_response(raw);
                if !matches!(id, Id::Call(_)) {
                    unusual = Some("the id of a response is no number of a call");
                }
                let outcome = outcome(envelope.result, envelope.error);
                Message::Response { id: id.call(), outcome }
            }
            (None, _) => match (envelope.error, envelope.result) {
                (Some(error), _) => Message::UnattributedError(RpcError::from_raw(error)),
                (None, Some(_)) => return Err("a response that names no call".into()),
                (None, None) => return Err("neither a method nor an id".into()),
            },
        };
        Ok((message, unusual))
    }
}

fn batch(frame: &str) -> Result<(Message<'_>, Option<&'static str>), Cow<'static, str>> {
    let messages: Vec<&RawValue> =
        serde_json::from_str(frame).map_err(|error| position_of(&error))?;
    if messages.is_empty() {
        return Err("an empty batch of messages".into());
    }
    Ok((Message::Batch(messages), Some("several messages in one frame")))
}

/// The outcome of a response. `"error": null` counts as absent. A response with neither a
/// result nor an error is an error, since its call would otherwise never complete.
fn outcome<'a>(
    result: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
) -> Result<&'a RawValue, RpcError> {
    match (result, error) {
        (_, Some(error)) => Err(RpcError::from_raw(error)),
        (Some(result), None) => Ok(result),
        (None, None) => Err(RpcError::new(
            RpcError::INTERNAL_ERROR,
            "the peer sent a response with neither a result nor an error",
        )),
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Text<'a>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Distinguishes `null` from an absent field, which `Option` alone does not.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A string that borrows from its frame unless it contains escapes.
///
/// serde's own impl for `Cow` never borrows.
#[derive(Debug)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// Where parsing stopped. serde's own text may quote the frame, which may contain secrets.
fn position_of(error: &serde_json::Error) -> Cow<'static, str> {
    let problem = match error.classify() {
        serde_json::error::Category::Data => "a field of the wrong type",
        _ => "invalid JSON",
    };
    format!("{problem} at line {} column {}", error.line(), error.column()).into()
}

#[cfg(test)]
mod tests;
