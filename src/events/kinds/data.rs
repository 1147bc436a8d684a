//! Decoding a payload into `EventData`, the enum of all payloads.

use crate::events::kinds::{DecodeError, EventData, EventKind, Payload};
use crate::json;

/// What every variant of [`EventData`] needs.
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

            /// The payload as JSON, with the fields that its type has; `None` for
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
    /// Never fails: an unknown kind, or a payload that does not decode, is
    /// [`Unknown`](Self::Unknown).
    pub fn decode(kind: &str, json: &str) -> Self {
        match EventKind::of(kind) {
            Some(known) => decode_with(kind, json, |json| Self::read(known, json)),
            None => Self::Unknown(None),
        }
    }

    /// Decodes the payload of an event of kind `P`.
    pub(crate) fn decode_as<P: Payload>(json: &str) -> Self {
        decode_with(P::KIND, json, |json| serde_json::from_str(json).map(P::into_data))
    }
}

fn decode_with(
    kind: &str,
    json: &str,
    read: impl Fn(&str) -> serde_json::Result<EventData>,
) -> EventData {
    let data = json::read_lenient(json, read);
    data.unwrap_or_else(|mismatch| EventData::Unknown(Some(DecodeError::new(kind, mismatch))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_payload_pays_for_the_size_of_another() {
        assert_eq!(size_of::<EventData>(), 2 * size_of::<usize>());
    }
}
