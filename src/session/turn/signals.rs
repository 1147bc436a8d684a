//! The few fields of a turn's events by which its end is told.
//!
//! Read with fewer members than the typed payloads have: a turn has to end, and a session to
//! begin, whatever a later runtime makes of members that do not matter here. It is also
//! cheaper, for most events of a turn are none of these and are not decoded at all.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::events::{Event, EventKind};

/// An event that matters to who waits for an answer.
#[derive(Debug)]
pub(super) enum Signal {
    User(User),
    Assistant(Assistant),
    TurnStart(TurnStart),
    TurnEnd,
    Error(Failure),
    Abort,
    Idle(Idle),
}

/// `user.message`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) message_id: Option<String>,
    pub(super) source: Option<String>,
    pub(super) delivery: Option<String>,
    pub(super) is_autopilot_continuation: Option<bool>,
}

/// `assistant.message`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assistant {
    pub(super) content: Box<str>,
    pub(super) originating_message_id: Option<String>,
    pub(super) parent_tool_call_id: Option<String>,
}

/// `assistant.turn_start`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TurnStart {
    /// Counts within a run, from `0`.
    #[serde(default)]
    pub(super) turn_id: String,
}

/// `session.error`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failure {
    pub(super) error_type: String,
    pub(super) message: String,
    pub(super) originating_message_id: Option<String>,
}

/// `session.idle`
#[derive(Debug, Default, Deserialize)]
pub(super) struct Idle {
    #[serde(default)]
    pub(super) aborted: Option<bool>,
    #[serde(default)]
    pub(super) mode: Option<String>,
}

impl Signal {
    /// What `event` says; `None` if it is of another kind or says it in another form.
    pub(super) fn of(event: &Event) -> Option<Self> {
        match event.known_kind()? {
            EventKind::UserMessage => read(event).map(Self::User),
            EventKind::AssistantMessage => read(event).map(Self::Assistant),
            EventKind::AssistantTurnStart => {
                Some(Self::TurnStart(read(event).unwrap_or_default()))
            }
            EventKind::AssistantTurnEnd => Some(Self::TurnEnd),
            EventKind::SessionError => read(event).map(Self::Error),
            EventKind::Abort => Some(Self::Abort),
            EventKind::SessionIdle => read(event).map(Self::Idle),
            _ => None,
        }
    }
}

fn read<T: DeserializeOwned>(event: &Event) -> Option<T> {
    event.decode().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{EventData, EventDraft, EventLog};

    #[test]
    fn a_member_that_does_not_matter_here_keeps_nothing_from_being_said() {
        let log = EventLog::default();
        for (kind, data) in [
            ("user.message", r#"{"content":5,"messageId":"m"}"#),
            ("assistant.message", r#"{"content":"hello","toolRequests":"none"}"#),
            ("session.idle", r#"{"aborted":true,"mode":null}"#),
        ] {
            let event = format!(r#"{{"id":"{kind}","type":"{kind}","data":{data}}}"#);
            log.append(EventDraft::parse(&event)).unwrap();
        }
        let mut events = log.events();
        let mut next = || events.next_ready().unwrap().unwrap();
        let user = next();
        assert!(matches!(user.data(), EventData::Unknown(Some(_))));
        let Some(Signal::User(user)) = Signal::of(&user) else { panic!("{user:?}") };
        assert_eq!(user.message_id.as_deref(), Some("m"));
        let Some(Signal::Assistant(assistant)) = Signal::of(&next()) else { panic!() };
        assert_eq!(&*assistant.content, "hello");
        let Some(Signal::Idle(idle)) = Signal::of(&next()) else { panic!() };
        assert_eq!((idle.aborted, idle.mode), (Some(true), None));
    }
}
