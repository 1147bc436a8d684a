//! An event's envelope, read in one pass without copying.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an event's JSON object, borrowed from the text they were read from.
///
/// Every value is kept as JSON text, validated but not decoded. As a part of a larger
/// message it deserializes in the same single pass as that message; with
/// [`locate`](Self::locate) the object's own text is then cut out of the message.
/// Works with `serde_json`'s string and slice readers only, which can lend their text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) kind: Option<&'a str>,
    pub(super) timestamp: Option<&'a str>,
    pub(super) parent: Option<&'a str>,
    pub(super) agent: Option<&'a str>,
    pub(super) ephemeral: Option<&'a str>,
    pub(super) data: Option<&'a str>,
    /// The first member's name and the last member's value, between which the object lies.
    edges: Option<(&'a str, &'a str)>,
}

impl<'a> Envelope<'a> {
    /// The id, unless it is absent, no string, or written with escapes.
    pub fn id(&self) -> Option<&'a str> {
        plain_string(self.id?)
    }

    /// The text of the event's object within `message`, from which this envelope was
    /// deserialized. `None` where it can't be told (an object without members, or whose
    /// first name is written with escapes): parse the object on its own then.
    pub fn locate(&self, message: &'a str) -> Option<&'a str> {
        let (first_name, last_value) = self.edges?;
        let name = offset_in(message, first_name)?;
        let value_end = offset_in(message, last_value)? + last_value.len();
        let before = message.get(..name)?.strip_suffix('"')?.trim_end_matches(is_json_space);
        let start = before.strip_suffix('{')?.len();
        let after = message.get(value_end..)?;
        let rest = after.trim_start_matches(is_json_space).strip_prefix('}')?;
        message.get(start..message.len() - rest.len())
    }
}

/// The content of a JSON string that has no escapes.
pub(super) fn plain_string(json: &str) -> Option<&str> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { None } else { Some(inner) }
}

/// Where `part`, a slice of `whole`, begins in it.
pub(super) fn offset_in(whole: &str, part: &str) -> Option<usize> {
    let offset = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (offset + part.len() <= whole.len()).then_some(offset)
}

fn is_json_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// A member's name; borrowed unless it is written with escapes.
struct Name<'a> {
    borrowed: Option<&'a str>,
    member: Member,
}

#[derive(Clone, Copy)]
enum Member {
    Id,
    Kind,
    Timestamp,
    Parent,
    Agent,
    Ephemeral,
    Data,
    Other,
}

impl Member {
    fn named(name: &str) -> Self {
        match name {
            "id" => Self::Id,
            "type" => Self::Kind,
            "timestamp" => Self::Timestamp,
            "parentId" => Self::Parent,
            "agentId" => Self::Agent,
            "ephemeral" => Self::Ephemeral,
            "data" => Self::Data,
            _ => Self::Other,
        }
    }
}

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name { borrowed: Some(name), member: Member::named(name) })
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name { borrowed: None, member: Member::named(name) })
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

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
                let mut first_name = None;
                let mut locatable = true;
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    if first_name.is_none() {
                        first_name = name.borrowed;
                        locatable &= first_name.is_some();
                    }
                    let value = map.next_value::<&'de RawValue>()?.get();
                    let member = match name.member {
                        Member::Id => &mut envelope.id,
                        Member::Kind => &mut envelope.kind,
                        Member::Timestamp => &mut envelope.timestamp,
                        Member::Parent => &mut envelope.parent,
                        Member::Agent => &mut envelope.agent,
                        Member::Ephemeral => &mut envelope.ephemeral,
                        Member::Data => &mut envelope.data,
                        Member::Other => &mut None,
                    };
                    *member = Some(value);
                    envelope.edges =
                        first_name.filter(|_| locatable).map(|first| (first, value));
                }
                Ok(envelope)
            }
        }

        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_located_in_its_message_byte_for_byte() {
        for event in [
            r#"{"type":"a","id":"b"}"#,
            "{ \"data\" : { \"x\" : [1, {}] } ,\n\t\"type\" : \"a\" }",
            r#"{"data":"}","typ\u0065":"a"}"#,
        ] {
            let message = format!(r#"[ {event} , {{"type":"other"}} ]"#);
            let events: Vec<Envelope<'_>> = serde_json::from_str(&message).unwrap();
            assert_eq!(events[0].locate(&message), Some(event));
        }
    }

    #[test]
    fn what_cannot_be_located_says_so() {
        for event in ["{}", r#"{"typ\u0065":"a","id":"b"}"#] {
            let envelope: Envelope<'_> = serde_json::from_str(event).unwrap();
            assert_eq!(envelope.locate(event), None, "{event}");
        }
        let envelope: Envelope<'_> = serde_json::from_str(r#"{"id":"b"}"#).unwrap();
        assert_eq!(envelope.locate("another text"), None);
    }
}
