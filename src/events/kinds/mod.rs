//! Typed payloads: one type for each kind of event that the runtime's schema has.
//!
//! The types are generated from the schema of the runtime that this release is tested with, and
//! open to what other runtimes send:
//!
//! - Unknown fields are ignored, and stay in the event's raw bytes.
//! - What the schema lets a runtime leave out is an `Option`; null counts as left out.
//! - A string with a fixed set of values is an enum with a variant `Unknown` that keeps any other.
//!   It compares with a `&str` and is made from one.
//! - One of several objects is an enum with a variant `Unknown` that keeps the JSON of any other.
//!   A field tells which it is, or the set of fields does. Such enums deserialize with
//!   `serde_json`, from text or from a `Value`, but not inside a `flatten` or an untagged enum.
//! - A whole number may be written as `1.0`.
//! - Of a field that is there twice, the last counts, as in JavaScript.
//! - An unknown kind, or a payload that does not decode, is [`EventData::Unknown`]: the event and
//!   its bytes are there, and [`DecodeError`] names the field.
//!
//! Durations are numbers; the documentation of the field has the unit, and it is milliseconds
//! where there is none. Points in time are strings in ISO 8601, ids are strings.
//!
//! # Making payloads
//!
//! For tests (the feature `testing` makes events of payloads, with `AgentEvent::of`): `new` takes
//! what the schema requires, and the other fields are set afterwards. A type whose fields are all
//! optional has `Default` instead. Types are `#[non_exhaustive]`, since later schemas add fields;
//! when one adds a required field, `new` takes one more argument, and the change log says so.
//!
//! ```
//! use copilot_sessions::events::kinds::{SessionIdle, UserMessage, UserMessageDelivery};
//!
//! let mut message = UserMessage::new("What is 2 + 2?");
//! message.delivery = Some(UserMessageDelivery::Queued);
//! assert_eq!(
//!     serde_json::to_string(&message).unwrap(),
//!     r#"{"content":"What is 2 + 2?","delivery":"queued"}"#
//! );
//!
//! let later = UserMessageDelivery::from("carrier pigeon");
//! assert_eq!(later, "carrier pigeon");
//! assert!(SessionIdle::default().aborted.is_none());
//! ```

mod attachment;
mod data;
#[allow(
    clippy::doc_markdown,
    clippy::fn_params_excessive_bools,
    clippy::large_enum_variant,
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "the schema decides what is in a type, and describes it"
)]
mod generated;
mod kind;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::events::DecodeError;

pub use self::generated::*;

/// The payload of one kind of event.
///
/// Implemented by this crate's payload types only.
pub trait Payload:
    DeserializeOwned
    + Serialize
    + Clone
    + PartialEq
    + fmt::Debug
    + Send
    + Sync
    + 'static
    + sealed::Sealed
{
    /// The kind, as the wire writes it.
    const KIND: &'static str;

    /// The payload out of the enum that holds all of them.
    fn from_data(data: &EventData) -> Option<&Self>;

    /// The payload as the enum that holds all of them.
    fn into_data(self: Box<Self>) -> EventData;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is its point")]
    pub trait Sealed {}
}
