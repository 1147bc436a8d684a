//! Why a payload could not be decoded.

use std::fmt;
use std::sync::Arc;

/// A payload does not fit the type it was decoded into.
///
/// The event itself is untouched: its bytes are in [`Event::raw`](super::Event::raw). The
/// fault is the runtime's if the type is this crate's (please report it with the kind and
/// the runtime's version), the caller's if the type is theirs.
#[derive(Clone, Debug)]
pub struct DecodeError {
    kind: Arc<str>,
    detail: Arc<str>,
}

impl DecodeError {
    pub(super) fn new(kind: &str, error: &serde_json::Error) -> Self {
        Self { kind: kind.into(), detail: error.to_string().into() }
    }

    /// The kind of the event whose payload did not fit.
    pub fn event_kind(&self) -> &str {
        &self.kind
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the payload of a `{}` event does not fit: {}", self.kind, self.detail)
    }
}

impl std::error::Error for DecodeError {}
