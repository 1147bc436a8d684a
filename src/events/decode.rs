//! Why a payload could not be decoded, and where.

use std::fmt;
use std::sync::Arc;

use crate::json::Mismatch;

/// A payload does not fit the type it was decoded into.
///
/// The event itself is untouched: its bytes are in [`Event::raw`](super::Event::raw). The
/// fault is the runtime's if the type is this crate's (please report it with the kind and
/// the runtime's version), the caller's if the type is theirs.
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

    /// The kind of the event whose payload did not fit.
    pub fn event_kind(&self) -> &str {
        &self.0.kind
    }

    /// The member of the payload that did not fit or is missing, such as `toolRequests[0].name`;
    /// empty if it is the payload as a whole.
    pub fn path(&self) -> &str {
        &self.0.mismatch.path
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detail { kind, mismatch: Mismatch { path, message } } = &*self.0;
        write!(f, "the payload of a `{kind}` event does not fit")?;
        if !path.is_empty() {
            write!(f, " at `{path}`")?;
        }
        write!(f, ": {message}")
    }
}

impl std::error::Error for DecodeError {}
