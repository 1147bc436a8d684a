//! Parsing of JSON-RPC 2.0 messages, borrowed from their frame.
//!
//! One pass of serde over a frame finds the fields of the envelope; `params`, `result` and
//! `error` stay raw JSON text.

use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

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
        match serde_json::from_str::<Wire<'_>>(raw.get()) {
            Ok(wire) => Self {
                code: wire.code,
                message: wire.message.map_or_else(String::new, |text| text.0.into_owned()),
                data: wire.data.map(ToOwned::to_owned),
            },
            Err(_) => Self {
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

/// The id of a request from the peer: an integer or a string, kept as JSON text.
///
/// Two ids are equal when their texts are. The response repeats the text exactly.
#[derive(Clone)]
pub struct RequestId(Box<RawValue>);

impl RequestId {
    /// The id as JSON text: `17`, `"a-17"`.
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for RequestId {}

impl std::hash::Hash for RequestId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_json().hash(state);
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_json())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("RequestId").field(&self.as_json()).finish()
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
    /// An error with a null id or without one: it names no call.
    UnattributedError(RpcError),
}

impl<'a> Message<'a> {
    /// Parses one frame.
    ///
    /// # Errors
    ///
    /// The frame is not a JSON-RPC 2.0 message; the text says why.
    pub(crate) fn parse(frame: &'a str) -> Result<Self, Cow<'static, str>> {
        // serde accepts an array for a struct, but in JSON-RPC an array is a batch.
        match frame.trim_ascii_start().as_bytes().first() {
            Some(b'{') => {}
            Some(b'[') => return Err("a batch of messages is not supported".into()),
            _ => return Err("not a JSON object".into()),
        }
        let envelope: Envelope<'a> =
            serde_json::from_str(frame).map_err(|error| position_of(&error))?;
        match envelope.jsonrpc {
            Some(version) if version.0 == "2.0" => {}
            Some(_) => return Err("the jsonrpc field is not \"2.0\"".into()),
            None => return Err("the jsonrpc field is missing".into()),
        }
        let id = match envelope.id {
            None => Id::Absent,
            Some(raw) => Id::parse(raw)?,
        };
        let params = envelope.params;
        match (envelope.method, id) {
            (Some(Text(method)), Id::Absent) => Ok(Message::Notification { method, params }),
            (Some(Text(method)), Id::Given(raw)) => {
                Ok(Message::Request { id: RequestId(raw.to_owned()), method, params })
            }
            (Some(_), Id::Null) => Err("a request with a null id".into()),
            (None, Id::Given(raw)) => Ok(Message::Response {
                id: raw.get().parse().ok(),
                outcome: outcome(envelope.result, envelope.error),
            }),
            (None, Id::Null | Id::Absent) => match envelope.error {
                Some(error) => Ok(Message::UnattributedError(RpcError::from_raw(error))),
                None => Err("neither a method nor an id".into()),
            },
        }
    }
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
    jsonrpc: Option<Text<'a>>,
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

enum Id<'a> {
    Absent,
    Null,
    Given(&'a RawValue),
}

impl<'a> Id<'a> {
    fn parse(raw: &'a RawValue) -> Result<Self, &'static str> {
        let text = raw.get();
        match text.as_bytes() {
            b"null" => Ok(Id::Null),
            [b'"', ..] => Ok(Id::Given(raw)),
            [b'-' | b'0'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => {
                Ok(Id::Given(raw))
            }
            _ => Err("an id that is neither an integer nor a string"),
        }
    }
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
