//! From a payload's JSON to the enum that holds any payload.

use serde_json::{Number, Value};

use super::{DecodeError, EventData, EventKind, Payload};

/// What every arm of [`EventData`] needs.
macro_rules! event_data {
    ($($payload:ident,)*) => {
        impl EventData {
            /// The kind of the payload; `None` for [`Unknown`](Self::Unknown).
            pub fn kind(&self) -> Option<$crate::events::EventKind> {
                match self {
                    $(Self::$payload(_) => Some($crate::events::EventKind::$payload),)*
                    Self::Unknown(_) => None,
                }
            }

            /// The payload as JSON, with the members that its type has; `None` for
            /// [`Unknown`](Self::Unknown), which only the event itself has.
            pub fn to_value(&self) -> Option<serde_json::Value> {
                match self {
                    $(Self::$payload(payload) => serde_json::to_value(payload).ok(),)*
                    Self::Unknown(_) => None,
                }
            }

            pub(in crate::events::kinds) fn read(
                kind: $crate::events::EventKind,
                json: &str,
            ) -> serde_json::Result<Self> {
                match kind {
                    $($crate::events::EventKind::$payload => {
                        serde_json::from_str(json).map(Self::$payload)
                    })*
                }
            }
        }

        $(
            impl $crate::events::kinds::sealed::Sealed for $payload {}

            impl $crate::events::Payload for $payload {
                const KIND: &'static str = $crate::events::EventKind::$payload.as_str();

                fn from_data(data: &EventData) -> Option<&Self> {
                    match data {
                        EventData::$payload(payload) => Some(payload),
                        _ => None,
                    }
                }

                fn into_data(self: Box<Self>) -> EventData {
                    EventData::$payload(self)
                }
            }
        )*
    };
}
pub(super) use event_data;

impl EventData {
    /// Decodes the payload `json` of an event that the wire calls `kind`.
    ///
    /// Never fails: what is not known or does not fit is [`Unknown`](Self::Unknown).
    pub fn decode(kind: &str, json: &str) -> Self {
        match EventKind::of(kind) {
            Some(known) => fitted(kind, json, |json| Self::read(known, json)),
            None => Self::Unknown(None),
        }
    }

    /// The same for a payload whose kind is known to be `P`'s.
    pub(crate) fn decode_as<P: Payload>(json: &str) -> Self {
        fitted(P::KIND, json, |json| serde_json::from_str(json).map(P::into_data))
    }
}

fn fitted(
    kind: &str,
    json: &str,
    read: impl Fn(&str) -> serde_json::Result<EventData>,
) -> EventData {
    let error = match read(json) {
        Ok(data) => return data,
        Err(error) => error,
    };
    // Some runtimes write whole numbers as `1.0`, which no integer type accepts.
    let again = with_whole_numbers(json).and_then(|json| read(&json).ok());
    again.unwrap_or_else(|| EventData::Unknown(Some(DecodeError::new(kind, json, &error))))
}

/// `json` with every `1.0` as `1`; `None` if there is none, or it is no JSON.
fn with_whole_numbers(json: &str) -> Option<String> {
    let mut value = serde_json::from_str(json).ok()?;
    let mut changed = false;
    make_whole(&mut value, &mut changed);
    changed.then(|| value.to_string())
}

fn make_whole(value: &mut Value, changed: &mut bool) {
    /// Up to here, floats and integers mean the same.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|it| it.fract() == 0.0 && it.abs() <= EXACT);
            if let Some(whole) = whole {
                #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough")]
                let whole = whole as i64;
                *number = Number::from(whole);
                *changed = true;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| make_whole(item, changed)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| make_whole(member, changed));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_payload_pays_for_the_size_of_another() {
        assert_eq!(size_of::<EventData>(), 2 * size_of::<usize>());
    }

    #[test]
    fn only_whole_numbers_are_rewritten() {
        let json = r#"{"a":[1.0,{"b":-2.0}],"c":"3.0"}"#;
        assert_eq!(with_whole_numbers(json).unwrap(), r#"{"a":[1,{"b":-2}],"c":"3.0"}"#);
        for same in [r#"{"a":1.5}"#, r#"{"a":1e300}"#, r#"{"a":1}"#, "{"] {
            assert_eq!(with_whole_numbers(same), None, "{same}");
        }
    }
}
