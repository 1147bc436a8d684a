//! What the start of a session sends.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::ids::SessionId;

/// Options of all ways to start, by wire name.
#[derive(Clone, Default)]
pub(super) struct Options {
    pub(super) wire: Map<String, Value>,
    pub(super) interests: Vec<String>,
    /// The first option that can't be written as JSON.
    invalid: Option<String>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may hold keys.
        f.debug_set().entries(self.wire.keys()).finish()
    }
}

impl Options {
    pub(super) fn set(&mut self, name: &str, value: impl Serialize) {
        if let Some(value) = self.json(name, value) {
            self.wire.insert(name.to_owned(), value);
        }
    }

    /// Adds an entry to an option that is an object.
    pub(super) fn add(&mut self, name: &str, key: String, value: impl Serialize) {
        let Some(value) = self.json(name, value) else { return };
        match self.wire.get_mut(name).and_then(Value::as_object_mut) {
            Some(entries) => {
                entries.insert(key, value);
            }
            None => {
                self.wire.insert(name.to_owned(), json!({ key: value }));
            }
        }
    }

    /// The value as JSON; what can't be written is kept to be told at the start.
    fn json(&mut self, name: &str, value: impl Serialize) -> Option<Value> {
        match serde_json::to_value(value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.invalid.get_or_insert_with(|| format!("option `{name}`: {error}"));
                None
            }
        }
    }
}

/// What the start of a session sends, and when it is done.
#[derive(Clone, Debug)]
pub(in crate::session) struct Plan {
    pub(in crate::session) method: &'static str,
    pub(in crate::session) id: Option<SessionId>,
    pub(in crate::session) ready: Ready,
    pub(in crate::session) interests: Vec<String>,
    pub(in crate::session) params: Result<Value, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Ready {
    AtAnswer,
    AtSessionStart,
}

impl Plan {
    pub(super) fn new(
        method: &'static str,
        id: Option<SessionId>,
        ready: Ready,
        options: Options,
    ) -> Self {
        let Options { mut wire, interests, invalid } = options;
        for (name, value) in [
            ("toolFilterPrecedence", json!("excluded")),
            ("envValueMode", json!("direct")),
            ("includeSubAgentStreamingEvents", json!(true)),
        ] {
            wire.entry(name).or_insert(value);
        }
        if let Some(id) = &id {
            wire.insert("sessionId".into(), json!(id));
        }
        let params = invalid.map_or(Ok(Value::Object(wire)), Err);
        Self { method, id, ready, interests, params }
    }
}
