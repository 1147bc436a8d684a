//! The error of a payload that does not decode.

use std::fmt;
use std::sync::Arc;

use crate::json::Mismatch;

/// A payload that does not decode into the type that was asked for.
///
/// The event keeps its bytes: see [`Event::raw`](super::Event::raw). If the type is one of this
/// crate, the runtime sent something unexpected: please report the kind and the runtime's
/// version. If the type is the caller's, it does not describe the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(Arc<Detail>);

#[derive(Debug, PartialEq, Eq)]
struct Detail {
    kind: Box<str>,
    mismatch: Mismatch,
}

impl DecodeError {
    /// Why the payload of a `kind` was refused.
    pub(super) fn new(kind: &str, mismatch: Mismatch) -> Self {
        Self(Arc::new(Detail { kind: kind.into(), mismatch }))
    }

    /// The kind of the event.
    pub fn event_kind(&self) -> &str {
        &self.0.kind
    }

    /// The field that does not decode or is missing, such as `toolRequests[0].name`; empty for
    /// the payload as a whole.
    pub fn path(&self) -> &str {
        &self.0.mismatch.path
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detail { kind, mismatch } = &*self.0;
        write!(f, "the payload of a `{kind}` event does not decode{mismatch}")
    }
}

impl std::error::Error for DecodeError {}
