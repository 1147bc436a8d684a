//! The envelope of an event: its fields, borrowed from the JSON text.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::events::reading::scan::{Scanner, Value};

/// The fields of an event's JSON object, borrowed from its text.
///
/// Every value is kept as JSON text, not decoded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Envelope<'a> {
    pub(super) id: Option<Value<'a>>,
    pub(super) kind: Option<Value<'a>>,
    pub(super) timestamp: Option<Value<'a>>,
    pub(super) parent: Option<Value<'a>>,
    pub(super) agent: Option<Value<'a>>,
    pub(super) ephemeral: Option<Value<'a>>,
    pub(super) data: Option<Value<'a>>,
}

impl<'a> Envelope<'a> {
    /// Reads the object that is next, without validating its values. Returns its text.
    pub(crate) fn scan(&mut self, scanner: &mut Scanner<'a>) -> Option<&'a str> {
        scanner.fields(|scanner| {
            // Names in the form, and about in the order, in which runtimes write them.
            let field = if scanner.literal(r#""type":"#).is_some() {
                &mut self.kind
            } else if scanner.literal(r#""data":"#).is_some() {
                &mut self.data
            } else if scanner.literal(r#""ephemeral":"#).is_some() {
                &mut self.ephemeral
            } else if scanner.literal(r#""id":"#).is_some() {
                &mut self.id
            } else if scanner.literal(r#""timestamp":"#).is_some() {
                &mut self.timestamp
            } else if scanner.literal(r#""parentId":"#).is_some() {
                &mut self.parent
            } else if scanner.literal(r#""agentId":"#).is_some() {
                &mut self.agent
            } else {
                let name = scanner.name()?;
                let value = scanner.value()?;
                self.set(name, value);
                return Some(());
            };
            *field = Some(scanner.value()?);
            Some(())
        })
    }

    /// Of two fields of one name the last counts.
    fn set(&mut self, name: &str, value: Value<'a>) {
        let field = match name {
            "id" => &mut self.id,
            "type" => &mut self.kind,
            "timestamp" => &mut self.timestamp,
            "parentId" => &mut self.parent,
            "agentId" => &mut self.agent,
            "ephemeral" => &mut self.ephemeral,
            "data" => &mut self.data,
            _ => return,
        };
        *field = Some(value);
    }
}

/// The validating reader: one pass of serde.
impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnvelopeVisitor;

        impl<'de> Visitor<'de> for EnvelopeVisitor {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut envelope = Envelope::default();
                while let Some(name) = map.next_key::<Cow<'_, str>>()? {
                    let json = map.next_value::<&'de RawValue>()?.get();
                    let escaped = memchr(b'\\', json.as_bytes()).is_some();
                    envelope.set(&name, Value { json, escaped });
                }
                Ok(envelope)
            }
        }

        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MEMBERS: [&str; 8] =
        ["id", "type", "timestamp", "parentId", "agentId", "ephemeral", "data", "other"];
    const VALUES: [&str; 8] =
        ["null", "\"a\"", "\"\\\"}\"", "{}", "[{\"a\":[]}]", "1.5", "true", "\"é\""];

    proptest! {
        #[test]
        fn both_ways_of_reading_agree_on_every_object(
            members in prop::collection::vec((0..8_usize, 0..8_usize, "[ \n]{0,2}"), 0..12),
        ) {
            let members: Vec<_> = members
                .iter()
                .map(|(name, value, space)| {
                    format!("{space}\"{}\"{space}:{space}{}{space}", MEMBERS[*name], VALUES[*value])
                })
                .collect();
            let text = format!("{{{}}}", members.join(","));
            let validated: Envelope<'_> = serde_json::from_str(&text).unwrap();
            let mut scanned = Envelope::default();
            let raw = scanned.scan(&mut Scanner::new(&text)).unwrap();
            prop_assert_eq!(raw, &text);
            prop_assert_eq!(format!("{validated:?}"), format!("{scanned:?}"));
        }
    }
}
