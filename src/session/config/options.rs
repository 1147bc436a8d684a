//! The JSON object that holds the options of a configuration, by wire name.

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::secret::ShownMember;

/// The options that are set, by wire name.
///
/// Every configuration, and every object nested in one, holds its options here. So an
/// option is declared once, by its line in `setters!`.
#[derive(Clone, Default)]
pub(super) struct Options {
    values: Map<String, Value>,
    /// Why a value can't be written as JSON, by option and entry (empty if it has none).
    /// Setting it again takes the error back.
    invalid: BTreeMap<(String, String), String>,
}

impl Options {
    /// Sets an option, in place of an earlier value.
    pub(super) fn set(&mut self, option: &str, value: impl Serialize) {
        // The new value has none of the entries of the old one.
        self.invalid.retain(|(of, _), _| of != option);
        if let Some(value) = self.checked(option, String::new(), value) {
            self.values.insert(option.to_owned(), value);
        }
    }

    /// Like [`set`](Self::set), for constructors.
    pub(super) fn with(mut self, option: &str, value: impl Serialize) -> Self {
        self.set(option, value);
        self
    }

    /// Sets an option that has no value yet.
    pub(super) fn set_default(&mut self, option: &str, value: Value) {
        self.values.entry(option).or_insert(value);
    }

    /// Adds an entry to an option that is a JSON object.
    pub(super) fn add(&mut self, option: &str, key: String, value: impl Serialize) {
        let Some(value) = self.checked(option, key.clone(), value) else { return };
        match self.values.get_mut(option).and_then(Value::as_object_mut) {
            Some(entries) => {
                entries.insert(key, value);
            }
            None => {
                self.values.insert(option.to_owned(), json!({ key: value }));
            }
        }
    }

    /// Adds an element to an option that is a JSON array.
    pub(super) fn append(&mut self, option: &str, value: impl Serialize) {
        let place = self.values.get(option).and_then(Value::as_array).map_or(0, Vec::len);
        let Some(value) = self.checked(option, place.to_string(), value) else { return };
        match self.values.get_mut(option).and_then(Value::as_array_mut) {
            Some(elements) => elements.push(value),
            None => {
                self.values.insert(option.to_owned(), json!([value]));
            }
        }
    }

    pub(super) fn is_true(&self, option: &str) -> bool {
        self.values.get(option) == Some(&Value::Bool(true))
    }

    pub(super) fn is_false(&self, option: &str) -> bool {
        self.values.get(option) == Some(&Value::Bool(false))
    }

    pub(super) fn contains(&self, option: &str) -> bool {
        self.values.contains_key(option)
    }

    /// The object, or which option can't be written as JSON and why.
    pub(super) fn into_json(self) -> Result<Value, String> {
        self.check().map(|()| Value::Object(self.values))
    }

    /// Writes `name { option: value, .. }` with the options that `shown` selects, and without what their names say is
    /// secret in them.
    pub(super) fn debug(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        shown: impl Fn(&str) -> bool,
    ) -> fmt::Result {
        let mut object = f.debug_struct(name);
        let mut all = true;
        for (option, value) in &self.values {
            if shown(option) {
                object.field(option, &ShownMember(option, value));
            } else {
                all = false;
            }
        }
        if all { object.finish() } else { object.finish_non_exhaustive() }
    }

    fn checked(&mut self, option: &str, entry: String, value: impl Serialize) -> Option<Value> {
        let place = (option.to_owned(), entry);
        match serde_json::to_value(value) {
            Ok(value) => {
                self.invalid.remove(&place);
                Some(value)
            }
            Err(error) => {
                self.invalid.insert(place, error.to_string());
                None
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        match self.invalid.first_key_value() {
            Some(((option, _), error)) => Err(format!("option `{option}`: {error}")),
            None => Ok(()),
        }
    }
}

impl Serialize for Options {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(S::Error::custom)?;
        self.values.serialize(serializer)
    }
}

/// Names without values, which may be secrets.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
