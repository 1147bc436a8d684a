//! Typed payloads, one struct per kind of event.
//!
//! Payloads are open: members that a struct lacks stay in the event's raw bytes, and what
//! the runtime may leave out is optional. A kind without a struct, or a payload that does
//! not fit its struct, is [`EventData::Unknown`]; nothing is lost.
//!
//! This release types the kinds that a session's own life needs. All others decode with
//! [`Event::decode`](super::Event::decode).

mod assistant;
mod requests;
mod session;
mod tool;
mod user;

use std::fmt;

use serde::de::DeserializeOwned;

pub use self::assistant::{
    AssistantMessage, AssistantMessageDelta, AssistantReasoningDelta, AssistantTurnEnd,
    AssistantTurnStart,
};
pub use self::requests::{ExternalToolRequested, PermissionRequested};
pub use self::session::{
    Abort, SessionError, SessionIdle, SessionResume, SessionShutdown, SessionStart,
    SystemNotification,
};
pub use self::tool::{ToolExecutionComplete, ToolExecutionStart};
pub use self::user::UserMessage;

use super::DecodeError;

/// The payload of one kind of event.
///
/// Implemented by this crate's payload structs only.
pub trait Payload:
    DeserializeOwned + fmt::Debug + Send + Sync + 'static + sealed::Sealed
{
    /// The kind, as the wire writes it.
    const KIND: &'static str;

    /// The payload out of the enum that holds all of them.
    fn from_data(data: &EventData) -> Option<&Self>;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is its point")]
    pub trait Sealed {}
}

macro_rules! kinds {
    ($($payload:ident = $kind:literal,)*) => {
        /// An event's payload, by kind.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum EventData {
            $(
                #[doc = concat!("`", $kind, "`")]
                $payload($payload),
            )*
            /// A kind that this release has no struct for, or a payload that does not fit
            /// the struct; in the second case with the reason.
            Unknown(Option<DecodeError>),
        }

        impl EventData {
            pub(super) fn decode(kind: &str, json: &str) -> Self {
                match kind {
                    $($kind => match serde_json::from_str(json) {
                        Ok(payload) => Self::$payload(payload),
                        Err(error) => Self::Unknown(Some(DecodeError::new(kind, &error))),
                    },)*
                    _ => Self::Unknown(None),
                }
            }
        }

        $(
            impl sealed::Sealed for $payload {}

            impl Payload for $payload {
                const KIND: &'static str = $kind;

                fn from_data(data: &EventData) -> Option<&Self> {
                    match data {
                        EventData::$payload(payload) => Some(payload),
                        _ => None,
                    }
                }
            }
        )*
    };
}

kinds! {
    Abort = "abort",
    AssistantMessage = "assistant.message",
    AssistantMessageDelta = "assistant.message_delta",
    AssistantReasoningDelta = "assistant.reasoning_delta",
    AssistantTurnEnd = "assistant.turn_end",
    AssistantTurnStart = "assistant.turn_start",
    ExternalToolRequested = "external_tool.requested",
    PermissionRequested = "permission.requested",
    SessionError = "session.error",
    SessionIdle = "session.idle",
    SessionResume = "session.resume",
    SessionShutdown = "session.shutdown",
    SessionStart = "session.start",
    SystemNotification = "system.notification",
    ToolExecutionComplete = "tool.execution_complete",
    ToolExecutionStart = "tool.execution_start",
    UserMessage = "user.message",
}
