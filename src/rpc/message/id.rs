//! Ids: of the peer's requests, and of our calls in its responses.

use std::fmt;

use serde_json::value::RawValue;

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

impl RequestId {
    /// Requests are answered by their own id, which is a whole number or a text.
    pub(super) fn new(raw: &RawValue) -> Result<Self, &'static str> {
        match raw.get().as_bytes() {
            b"null" => Err("a request with a null id"),
            [b'"', ..] => Ok(Self(raw.to_owned())),
            [b'-' | b'0'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => {
                Ok(Self(raw.to_owned()))
            }
            _ => Err("an id that is neither an integer nor a string"),
        }
    }

    /// From text that may be no JSON.
    pub(super) fn parse(json: &str) -> Result<Self, &'static str> {
        match serde_json::from_str(json) {
            Ok(raw) => Self::new(raw),
            Err(_) => Err("an id that is no JSON"),
        }
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

/// The id of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    /// The number of a call.
    Call(u64),
    /// The same, written in another way: `"1"`, `1.0`, `1e0`.
    Unusual(u64),
    /// No call of ours has it.
    Other,
}

impl Id {
    pub(super) fn of_response(raw: &RawValue) -> Self {
        Self::of_json(raw.get())
    }

    /// `json` may be no JSON.
    pub(super) fn of_json(json: &str) -> Self {
        if let Ok(number) = json.parse() {
            let usual = json.bytes().all(|byte| byte.is_ascii_digit())
                && (json.len() == 1 || !json.starts_with('0'));
            return if usual { Self::Call(number) } else { Self::Unusual(number) };
        }
        let text: Option<String> = serde_json::from_str(json).ok();
        match text.as_deref().unwrap_or(json).trim().parse() {
            Ok(number) => exact(number),
            Err(_) => Self::Other,
        }
    }

    /// The number of the call, however it is written.
    pub(super) fn call(self) -> Option<u64> {
        match self {
            Self::Call(number) | Self::Unusual(number) => Some(number),
            Self::Other => None,
        }
    }
}

/// A whole number that a `f64` writes exactly.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
fn exact(number: f64) -> Id {
    const MAX: f64 = 9_007_199_254_740_992.0; // 2^53
    if number.fract() == 0.0 && (0.0..=MAX).contains(&number) {
        Id::Unusual(number as u64)
    } else {
        Id::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_call_is_found_however_it_is_written() {
        for json in ["1", "17", "0"] {
            assert_eq!(Id::of_json(json), Id::Call(json.parse().unwrap()));
        }
        for json in [r#""17""#, "17.0", "1.7e1", "017", r#""\u00317""#, r#"" 17 ""#, "17e0"] {
            assert_eq!(Id::of_json(json), Id::Unusual(17), "{json}");
        }
        assert_eq!(Id::of_json(r#""18446744073709551615""#).call(), None);
        for json in ["-1", "1.5", r#""a""#, "{}", "[1]", "true", "1e300", "NaN", "", "\"1"] {
            assert_eq!(Id::of_json(json), Id::Other, "{json}");
        }
    }
}
