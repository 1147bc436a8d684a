//! Signals: the events, and the few of their fields, that decide when the work on a message
//! ends.
//!
//! Decodes fewer fields than the typed payloads have, so that a later runtime may change the
//! others and work still ends. It is also cheaper: most events are no signals and are not
//! decoded at all.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::events::{Event, EventKind};

/// An event that matters for the end of the work on a message.
#[derive(Debug)]
pub(super) enum Signal {
    UserMessage(UserMessage),
    AssistantMessage(AssistantMessage),
    TurnStart(TurnStart),
    TurnEnd,
    Error(SessionError),
    Abort,
    Idle(SessionIdle),
}

/// `user.message`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserMessage {
    pub(super) message_id: Option<String>,
    pub(super) source: Option<String>,
    pub(super) delivery: Option<String>,
    pub(super) is_autopilot_continuation: Option<bool>,
}

/// `assistant.message`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssistantMessage {
    pub(super) content: Box<str>,
    pub(super) originating_message_id: Option<String>,
    pub(super) parent_tool_call_id: Option<String>,
}

/// `assistant.turn_start`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TurnStart {
    /// The number of the turn within a run, from `0`.
    #[serde(default)]
    pub(super) turn_id: String,
}

/// `session.error`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionError {
    pub(super) error_type: String,
    pub(super) message: String,
    pub(super) originating_message_id: Option<String>,
}

/// `session.idle`
#[derive(Debug, Default, Deserialize)]
pub(super) struct SessionIdle {
    #[serde(default)]
    pub(super) aborted: Option<bool>,
    #[serde(default)]
    pub(super) mode: Option<String>,
}

impl Signal {
    /// The signal of `event`; `None` if it is of another kind or can't be decoded.
    pub(super) fn from_event(event: &Event) -> Option<Self> {
        match event.known_kind()? {
            EventKind::UserMessage => decode(event).map(Self::UserMessage),
            EventKind::AssistantMessage => decode(event).map(Self::AssistantMessage),
            EventKind::AssistantTurnStart => {
                Some(Self::TurnStart(decode(event).unwrap_or_default()))
            }
            EventKind::AssistantTurnEnd => Some(Self::TurnEnd),
            EventKind::SessionError => decode(event).map(Self::Error),
            EventKind::Abort => Some(Self::Abort),
            EventKind::SessionIdle => decode(event).map(Self::Idle),
            _ => None,
        }
    }
}

fn decode<T: DeserializeOwned>(event: &Event) -> Option<T> {
    event.decode().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{EventData, EventDraft, EventLogWriter};

    #[test]
    fn fields_that_do_not_matter_may_have_any_form() {
        let mut writer = EventLogWriter::default();
        let log = writer.log().clone();
        for (kind, data) in [
            ("user.message", r#"{"content":5,"messageId":"m"}"#),
            ("assistant.message", r#"{"content":"hello","toolRequests":"none"}"#),
            ("session.idle", r#"{"aborted":true,"mode":null}"#),
        ] {
            let event = format!(r#"{{"id":"{kind}","type":"{kind}","data":{data}}}"#);
            writer.append(EventDraft::parse(&event)).unwrap();
        }
        let mut events = log.events();
        let mut next = || events.next_ready().unwrap().unwrap();
        let user = next();
        assert!(matches!(user.data(), EventData::Unknown(Some(_))));
        let Some(Signal::UserMessage(user)) = Signal::from_event(&user) else {
            panic!("{user:?}")
        };
        assert_eq!(user.message_id.as_deref(), Some("m"));
        let Some(Signal::AssistantMessage(assistant)) = Signal::from_event(&next()) else {
            panic!()
        };
        assert_eq!(&*assistant.content, "hello");
        let Some(Signal::Idle(idle)) = Signal::from_event(&next()) else { panic!() };
        assert_eq!((idle.aborted, idle.mode), (Some(true), None));
    }
}
