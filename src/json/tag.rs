//! The tag of a union: the field that tells which variant an object is.

use serde_json::Value;

/// What says which object it is.
#[derive(Clone, Copy)]
pub(crate) enum Tag<'a> {
    Text(&'a str),
    Flag(bool),
}

impl<'a> Tag<'a> {
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text)),
            Value::Bool(flag) => Some(Self::Flag(*flag)),
            _ => None,
        }
    }
}
