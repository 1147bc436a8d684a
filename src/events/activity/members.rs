//! The members of a payload, each read by itself: one that can't be read costs no other.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::events::reading::Scanner;
use crate::events::{DecodeError, Event};
use crate::json::{self, Mismatch};

/// Reads members of an event's payload, and notes whether all of them could be read.
pub(super) struct Members<'a, const N: usize> {
    event: &'a Event,
    names: [&'static str; N],
    /// The JSON text of each; of two with one name the last counts.
    values: [Option<&'a str>; N],
    readable: bool,
}

impl<'a, const N: usize> Members<'a, N> {
    /// Finds the members with these names.
    pub(super) fn of(event: &'a Event, names: [&'static str; N]) -> Self {
        let data = event.raw_data();
        let mut values = [None; N];
        // An event without a payload has no members.
        let mut readable = data == "null" || scan(data, &names, &mut values);
        if !readable {
            values = [None; N];
            readable = parse(data, &names, &mut values);
        }
        Self { event, names, values, readable }
    }

    /// A text. `None` if it is absent, empty, or can't be read.
    pub(super) fn text(&mut self, name: &str) -> Option<Box<str>> {
        let text: Option<Box<str>> = self.read(name);
        text.filter(|text| !text.is_empty())
    }

    /// Any value. `None` if it is absent or is no `T`.
    pub(super) fn read<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let json = self.json(name).filter(|json| *json != "null")?;
        let read = json::read_lenient(json, |json| serde_json::from_str(json)).ok();
        self.readable &= read.is_some();
        read
    }

    /// Whether there is a value, whatever it is, but null and the empty string.
    pub(super) fn has(&self, name: &str) -> bool {
        self.json(name).is_some_and(|json| !matches!(json, "null" | "\"\""))
    }

    /// A value that must be there.
    pub(super) fn required<T: DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> Result<T, DecodeError> {
        // Without it, the error says that there is nothing.
        let json = self.json(name).unwrap_or_default();
        serde_json::from_str(json).map_err(|error| {
            self.readable = false;
            let mut mismatch = Mismatch::new(json, &error);
            mismatch.path = name.into();
            DecodeError::new(self.event.kind(), mismatch)
        })
    }

    fn json(&self, name: &str) -> Option<&'a str> {
        let place = self.names.iter().position(|known| *known == name)?;
        self.values.get(place).copied().flatten()
    }

    /// Whether everything that was asked for could be read.
    pub(super) fn is_readable(&self) -> bool {
        self.readable
    }
}

/// Without validating what stands in values: a payload may have one that is no JSON.
fn scan<'a>(data: &'a str, names: &[&str], values: &mut [Option<&'a str>]) -> bool {
    let mut scanner = Scanner::new(data);
    scanner
        .fields(|scanner| {
            let (name, value) = (scanner.name()?, scanner.value()?);
            set(names, values, name, value.json());
            Some(())
        })
        .is_some()
}

/// With serde, which reads names however they are written.
fn parse<'a>(data: &'a str, names: &[&str], values: &mut [Option<&'a str>]) -> bool {
    struct Reader<'n, 'v, 'a>(&'n [&'n str], &'v mut [Option<&'a str>]);

    impl<'a> Visitor<'a> for Reader<'_, '_, 'a> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a payload object")
        }

        fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(name) = map.next_key::<Cow<'_, str>>()? {
                set(self.0, self.1, &name, map.next_value::<&'a RawValue>()?.get());
            }
            Ok(())
        }
    }

    serde_json::Deserializer::from_str(data).deserialize_map(Reader(names, values)).is_ok()
}

fn set<'a>(names: &[&str], values: &mut [Option<&'a str>], name: &str, value: &'a str) {
    let places = names.iter().zip(values);
    for (_, place) in places.filter(|(known, _)| **known == name) {
        *place = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{EventDraft, Seq};

    fn event(data: &str) -> Event {
        EventDraft::parse(&format!(r#"{{"id":"i","type":"k","data":{data}}}"#))
            .number(Seq::FIRST)
    }

    /// The member `a`, and whether it could be read.
    fn a(data: &str) -> (Option<String>, bool) {
        let event = event(data);
        let mut members = Members::of(&event, ["a", "b"]);
        let text = members.text("a").map(String::from);
        (text, members.is_readable())
    }

    #[test]
    fn a_member_is_read_whatever_stands_beside_it() {
        for data in [
            r#"{"a":"x"}"#,
            r#"{ "b" : "\ud800", "a" : "x" , "n":NaN}"#,
            r#"{"\u0061":"x","b":[{}]}"#,
            r#"{"a":5,"a":"x"}"#,
            r#"{"a":"\u0078","deep":[[[[]]]]}"#,
        ] {
            assert_eq!(a(data), (Some("x".to_owned()), true), "{data}");
        }
    }

    #[test]
    fn what_is_absent_or_empty_is_no_fault_and_what_can_not_be_read_is_one() {
        for data in ["{}", "null", r#"{"a":null}"#, r#"{"a":""}"#] {
            assert_eq!(a(data), (None, true), "{data}");
        }
        for data in [
            "[]",
            "5",
            r#""a""#,
            r#"{"a":5}"#,
            r#"{"a":["x"]}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\u{1}\"}",
            r#"{"a":NaN}"#,
        ] {
            assert_eq!(a(data), (None, false), "{data}");
        }
        let absent = EventDraft::parse(r#"{"id":"i","type":"k"}"#).number(Seq::FIRST);
        assert!(Members::of(&absent, ["a"]).is_readable());
    }
}
