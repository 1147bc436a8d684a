//! The one message that makes up nearly all traffic, read in one pass.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::events::{Envelope, EventDraft};

pub(super) const SESSION_EVENT: &str = "session.event";

/// An event and the session that it belongs to.
#[derive(Debug)]
pub(super) struct SessionEvent<'a> {
    pub(super) session: Cow<'a, str>,
    pub(super) event: EventDraft,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    method: &'a str,
    #[serde(borrow)]
    params: Params<'a>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(rename = "sessionId", borrow)]
    session: &'a str,
    #[serde(borrow)]
    event: Envelope<'a>,
}

impl<'a> SessionEvent<'a> {
    /// Reads a frame that is a `session.event` of the usual form; `None` for all others,
    /// among them the same message in unusual forms, which take the general way.
    pub(super) fn from_frame(frame: &'a str) -> Option<Self> {
        // The name comes early in real traffic; a frame without it there is not worth
        // the attempt. Cut on a char boundary or not at all: a miss costs a second parse.
        let head = frame.get(..frame.len().min(64)).unwrap_or(frame);
        if !head.contains(SESSION_EVENT) {
            return None;
        }
        let frame_of: Frame<'a> = serde_json::from_str(frame).ok()?;
        if frame_of.method != SESSION_EVENT {
            return None;
        }
        let raw = frame_of.params.event.locate(frame)?;
        let event = EventDraft::from_envelope(raw, &frame_of.params.event);
        Some(Self { session: Cow::Borrowed(frame_of.params.session), event })
    }

    /// Reads the parameters of a `session.event` of any form. `Err` gives what there is
    /// of an event that names no session.
    pub(super) fn from_params(params: Option<&'a RawValue>) -> Result<Self, EventDraft> {
        #[derive(Deserialize)]
        struct Loose<'a> {
            #[serde(rename = "sessionId", default)]
            session: Option<String>,
            #[serde(borrow, default)]
            event: Option<&'a RawValue>,
        }

        let text = params.map_or("", RawValue::get);
        let Ok(loose) = serde_json::from_str::<Loose<'a>>(text) else {
            return Err(EventDraft::parse(text));
        };
        // An event that is absent is kept as what was there in its place.
        let event = EventDraft::parse(loose.event.map_or(text, RawValue::get));
        match loose.session {
            Some(session) => Ok(Self { session: Cow::Owned(session), event }),
            None => Err(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form_is_read_at_once_and_byte_for_byte() {
        let event = r#"{"type":"k","data":{"é":[1,"}"]},"id":"1"}"#;
        let frame = format!(
            r#"{{"jsonrpc":"2.0","method":"session.event","params":{{"sessionId":"s","event":{event}}}}}"#
        );
        let read = SessionEvent::from_frame(&frame).unwrap();
        assert_eq!((&*read.session, read.event.raw()), ("s", event));
    }

    #[test]
    fn unusual_forms_take_the_general_way_and_keep_their_bytes() {
        for params in [
            r#"{"sessionId":"s","event":{}}"#,
            r#"{"sessionId":"\u0073","event":{"type":"k","id":"1"}}"#,
            r#"{"sessionId":"s","event":{"typ\u0065":"k","id":"1"}}"#,
            r#"{"sessionId":"s","event":[1]}"#,
            r#"{"sessionId":"s","event":5}"#,
        ] {
            let frame =
                format!(r#"{{"jsonrpc":"2.0","method":"session.event","params":{params}}}"#);
            assert!(SessionEvent::from_frame(&frame).is_none(), "{params}");
            let params: &RawValue = serde_json::from_str(params).unwrap();
            let read = SessionEvent::from_params(Some(params)).unwrap();
            assert_eq!(read.session, "s");
            assert!(params.get().contains(read.event.raw()));
        }
    }

    #[test]
    fn an_event_without_a_session_is_given_back() {
        for params in [r#"{"event":{"type":"k","id":"1"}}"#, "[]", "null", r#"{"sessionId":5}"#]
        {
            let params: &RawValue = serde_json::from_str(params).unwrap();
            assert!(SessionEvent::from_params(Some(params)).is_err());
        }
        assert!(SessionEvent::from_params(None).is_err());
    }
}
