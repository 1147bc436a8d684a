//! Encoding of outgoing JSON-RPC messages: header and body in one buffer, without a copy.

use bytes::Bytes;
use serde::Serialize;

use crate::rpc::message::{RequestId, RpcError};

/// Encodes a request (`id` is `Some`) or a notification (`None`). Params that serialize to
/// `null` are omitted.
pub(crate) fn call(
    id: Option<u64>,
    method: &str,
    params: &(impl Serialize + ?Sized),
) -> Result<Bytes, EncodeError> {
    let mut frame = Builder::new();
    match id {
        Some(id) => frame.text(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"#)),
        None => frame.text(r#"{"jsonrpc":"2.0","method":"#),
    }
    frame.json(method)?;
    let before = frame.0.len();
    frame.text(r#","params":"#);
    let start = frame.0.len();
    frame.json(params)?;
    if frame.0.get(start..) == Some(b"null") {
        frame.0.truncate(before);
    }
    frame.text("}");
    frame.finish()
}

/// Encodes a successful response.
pub(crate) fn result(
    id: &RequestId,
    result: &(impl Serialize + ?Sized),
) -> Result<Bytes, EncodeError> {
    let mut frame = Builder::answer(id);
    frame.text(r#","result":"#);
    frame.json(result)?;
    frame.text("}");
    frame.finish()
}

/// Encodes an error response. Data that the peer cannot parse is left out, so that it gets the
/// code and the message all the same.
pub(crate) fn error(id: &RequestId, error: &RpcError) -> Bytes {
    let mut frame = Builder::answer(id);
    frame.text(&format!(r#","error":{{"code":{},"message":"#, error.code));
    // Serializing a str cannot fail, and its JSON has no surrogate escapes.
    let _ = frame.json(&error.message);
    match &error.data {
        Some(data) if has_lone_surrogate(data.get().as_bytes()) => {
            tracing::debug!(?id, "the data of an error has an unpaired surrogate: left out");
        }
        Some(data) => {
            frame.text(r#","data":"#);
            frame.text(data.get());
        }
        None => {}
    }
    frame.text("}}");
    frame.seal()
}

/// Why a message cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    #[error("the value does not serialize to JSON")]
    Json(#[from] serde_json::Error),
    /// A peer whose parser rejects such an escape answers with a null id, and then no call
    /// can be matched to the error. Only a `RawValue` can contain one; Rust strings cannot.
    #[error("the JSON text has an unpaired surrogate escape, which the peer cannot parse")]
    LoneSurrogate,
}

/// A frame under construction: space for the header, then the body.
struct Builder(Vec<u8>);

impl Builder {
    fn new() -> Self {
        let mut frame = Vec::with_capacity(256);
        frame.resize(HEADER_SPACE, b' ');
        Self(frame)
    }

    fn answer(id: &RequestId) -> Self {
        let mut frame = Self::new();
        frame.text(r#"{"jsonrpc":"2.0","id":"#);
        frame.text(id.as_json());
        frame
    }

    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn json(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut self.0, value)
    }

    fn finish(self) -> Result<Bytes, EncodeError> {
        if has_lone_surrogate(self.0.get(HEADER_SPACE..).unwrap_or_default()) {
            return Err(EncodeError::LoneSurrogate);
        }
        Ok(self.seal())
    }

    /// Writes the header directly before the body and cuts off the unused space.
    fn seal(mut self) -> Bytes {
        let header = format!("Content-Length: {}\r\n\r\n", self.0.len() - HEADER_SPACE);
        // A header with any usize fits into the reserved space, so the slot exists.
        let start = HEADER_SPACE.saturating_sub(header.len());
        if let Some(slot) = self.0.get_mut(start..HEADER_SPACE) {
            slot.copy_from_slice(header.as_bytes());
        }
        Bytes::from(self.0).slice(start..)
    }
}

/// The longest header: `Content-Length: `, twenty digits, two line ends.
const HEADER_SPACE: usize = 40;

/// Whether valid JSON text has an unpaired surrogate: a `\ud800`..`\udfff` escape that is not
/// half of a pair.
fn has_lone_surrogate(json: &[u8]) -> bool {
    if memchr::memmem::find(json, b"\\u").is_none() {
        return false;
    }
    let mut rest = json;
    let mut high_before = false;
    while let Some(offset) = memchr::memchr(b'\\', rest) {
        if high_before && offset != 0 {
            return true;
        }
        rest = rest.get(offset..).unwrap_or_default();
        let unit = unicode_escape(rest);
        let high = unit.is_some_and(|unit| (0xD800..0xDC00).contains(&unit));
        let low = unit.is_some_and(|unit| (0xDC00..0xE000).contains(&unit));
        if low != high_before {
            return true;
        }
        high_before = high;
        let length = if unit.is_some() { 6 } else { 2 };
        rest = rest.get(length..).unwrap_or_default();
    }
    high_before
}

/// The UTF-16 code unit of a `\uXXXX` escape at the start of `text`.
fn unicode_escape(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::rpc::message::Message;

    #[test]
    fn a_frame_is_a_header_followed_by_the_body() {
        let frame = call(Some(7), "add", &serde_json::json!({"a": 1})).unwrap();
        let body = r#"{"jsonrpc":"2.0","id":7,"method":"add","params":{"a":1}}"#;
        assert_eq!(frame, crate::rpc::encode_frame(body.as_bytes()));
    }

    #[test]
    fn null_params_are_omitted() {
        let frame = call(None, "exit", &()).unwrap();
        let body = br#"{"jsonrpc":"2.0","method":"exit"}"#;
        assert_eq!(frame, crate::rpc::encode_frame(body));
    }

    #[test]
    fn an_error_is_encoded_with_its_data_unless_the_peer_could_not_parse_that() {
        let encoded = |data: &str| {
            let id = r#"{"jsonrpc":"2.0","id":7,"method":"m"}"#;
            let Ok((Message::Request { id, .. }, _)) = Message::parse(id) else {
                panic!("{id}")
            };
            let mut refused = RpcError::new(-1, "no");
            refused.data = Some(RawValue::from_string(data.to_owned()).unwrap());
            error(&id, &refused)
        };
        let frame = |body: &str| crate::rpc::encode_frame(body.as_bytes());
        assert_eq!(
            encoded(r#"{"a": 1}"#),
            frame(
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no","data":{"a": 1}}}"#
            )
        );
        assert_eq!(
            encoded(r#""\ud83d""#),
            frame(r#"{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}}"#)
        );
    }

    #[test]
    fn only_unpaired_surrogate_escapes_are_refused() {
        for fine in [
            r#""plain""#,
            r#""\ud83d\ude00""#,
            r#""\\ud83d""#,
            r#""\u0041\n""#,
            r#""\ud83d\ude00\uD83D\uDE00""#,
        ] {
            assert!(!has_lone_surrogate(fine.as_bytes()), "{fine}");
        }
        for broken in [
            r#""\ud83d""#,
            r#""\uD83D x""#,
            r#""\ude00""#,
            r#""\ud83d\n""#,
            r#""\ud83d\ud83d\ude00""#,
            r#""\\\ud83d""#,
            r#"["\ud83d","\ude00"]"#,
        ] {
            assert!(has_lone_surrogate(broken.as_bytes()), "{broken}");
            let raw = RawValue::from_string(broken.to_owned()).unwrap();
            let error = call(Some(1), "m", &raw).unwrap_err();
            assert!(matches!(error, EncodeError::LoneSurrogate));
        }
    }

    #[test]
    fn a_value_that_fails_to_serialize_is_an_error() {
        let keyed_by_list = std::collections::HashMap::from([(vec![1], 2)]);
        let error = call(Some(1), "m", &keyed_by_list).unwrap_err();
        assert!(matches!(error, EncodeError::Json(_)));
    }
}
