//! The `session.event` message, which makes up nearly all traffic.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::events::reading::draft::EventDraft;
use crate::events::reading::envelope::Envelope;
use crate::events::reading::scan::{Scanner, Value};

pub(crate) const SESSION_EVENT: &str = "session.event";

/// An event and the session that it belongs to.
#[derive(Debug)]
pub(crate) struct SessionEvent<'a> {
    pub(crate) session: Cow<'a, str>,
    pub(crate) event: EventDraft,
}

impl<'a> SessionEvent<'a> {
    /// Reads a frame in the very form that the known runtimes write, without validating its
    /// payload. `None` for all others, among them the same message in another form, which
    /// [`from_params`](Self::from_params) reads.
    pub(crate) fn from_frame(frame: &'a str) -> Option<Self> {
        let mut scanner = Scanner::new(frame);
        scanner
            .literal(r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"#)?;
        let session = scanner.plain_string()?;
        scanner.literal(r#","event":"#)?;
        let mut envelope = Envelope::default();
        let raw = envelope.scan(&mut scanner)?;
        scanner.literal("}}")?;
        scanner.is_at_end().then(|| Self {
            session: Cow::Borrowed(session),
            event: EventDraft::from_envelope(raw, &envelope),
        })
    }

    /// Finds the event in a frame that is not valid JSON, written in any form, so that what can't be
    /// decoded is kept all the same. `None` if the frame is no `session.event` that names its session,
    /// or says one of these things twice.
    pub(crate) fn from_malformed_frame(frame: &'a str) -> Option<Self> {
        let [method, params] = members(&mut Scanner::new(frame), ["method", "params"])?;
        if string(method?)? != SESSION_EVENT {
            return None;
        }
        let mut params = Scanner::new(params?.json);
        let [session, event] = members(&mut params, ["sessionId", "event"])?;
        Some(Self { session: string(session?)?, event: EventDraft::parse(event?.json) })
    }

    /// The session of an event of which only the beginning is there, in the form that runtimes write.
    pub(crate) fn session_in_head(head: &'a str) -> Option<&'a str> {
        let mut scanner = Scanner::new(head);
        scanner
            .literal(r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"#)?;
        scanner.plain_string()
    }

    /// Reads the parameters of a `session.event` of any form. `Err` gives what there is
    /// of an event that names no session.
    pub(crate) fn from_params(params: Option<&'a RawValue>) -> Result<Self, EventDraft> {
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

/// The values of these members of the object that is the whole text; `None` if it is no object, has
/// one of them twice, or is the object of a request.
fn members<'a, const N: usize>(
    scanner: &mut Scanner<'a>,
    names: [&str; N],
) -> Option<[Option<Value<'a>>; N]> {
    let mut found = [None; N];
    scanner.fields(|scanner| {
        let name = scanner.name()?;
        let value = scanner.value()?;
        let wanted = names.iter().zip(&mut found).find(|(wanted, _)| **wanted == name);
        match wanted {
            Some((_, Some(_))) => None,
            Some((_, place)) => {
                *place = Some(value);
                Some(())
            }
            None if name == "id" => None,
            None => Some(()),
        }
    })?;
    scanner.is_at_end().then_some(found)
}

/// The content of a string.
fn string(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.plain_string() {
        Some(text) => Some(Cow::Borrowed(text)),
        None => serde_json::from_str(value.json).ok().map(Cow::Owned),
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
    fn every_other_form_and_every_other_message_is_left_to_serde() {
        let usual = r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":{"id":"1"}}}"#;
        assert!(SessionEvent::from_frame(usual).is_some());
        for frame in [
            r#"{"params":{"event":{},"sessionId":"s"},"method":"session.event","jsonrpc":"2.0"}"#,
            r#"{ "jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":{}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"session.event","params":{"sessionId":"s","event":{}}}"#,
            r#"{"jsonrpc":"2.0","method":"session.events","params":{"sessionId":"s","event":{}}}"#,
            r#"{"method":"session.event","params":{"sessionId":"s","event":{}}}"#,
            r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":{}}"#,
            r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":{}}}}"#,
            r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":{}},"params":{}}"#,
            r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":{},"event":{}}}"#,
            r#"{"jsonrpc":"2.0","method":"session.event"}"#,
        ] {
            assert!(SessionEvent::from_frame(frame).is_none(), "{frame}");
        }
    }

    #[test]
    fn a_field_that_is_there_twice_is_refused() {
        for params in [
            r#"{"sessionId":"s","sessionId":"t","event":{"id":"1"}}"#,
            r#"{"sessionId":"s","event":{"id":"1"},"event":{"id":"2"}}"#,
        ] {
            let params: &RawValue = serde_json::from_str(params).unwrap();
            assert!(SessionEvent::from_params(Some(params)).is_err());
        }
    }

    #[test]
    fn serde_reads_unusual_forms_and_keeps_their_bytes() {
        for params in [
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

    #[test]
    fn an_event_that_is_no_json_is_found_in_every_form_of_its_frame() {
        let event = r#"{"id":"1","type":"k","data":{"text":"\ud800","n":NaN}}"#;
        for frame in [
            r#"{"jsonrpc":"2.0","method":"session.event","params":{"event":EVENT,"sessionId":"s"}}"#,
            r#" { "params" : { "sessionId" : "\u0073", "event" : EVENT } , "method" : "session.event" } "#,
            r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT,"more":{}}}"#,
        ] {
            let frame = frame.replace("EVENT", event);
            assert!(SessionEvent::from_frame(&frame).is_none(), "{frame}");
            let read = SessionEvent::from_malformed_frame(&frame).unwrap();
            assert_eq!((&*read.session, read.event.raw()), ("s", event));
            assert_eq!((read.event.id(), read.event.kind()), ("1", "k"));
        }
        let frame = r#"{"method":"session.event","params":{"event":[NaN],"sessionId":"s"}}"#;
        let read = SessionEvent::from_malformed_frame(frame).unwrap();
        assert_eq!((read.event.raw(), read.event.id()), ("[NaN]", ""));
    }

    #[test]
    fn a_malformed_frame_that_is_no_plain_event_gives_none() {
        for frame in [
            r#"{"method":"session.event","params":{"event":{"n":NaN}}}"#,
            r#"{"method":"session.event","params":{"sessionId":5,"event":{"n":NaN}}}"#,
            r#"{"method":"session.event","params":{"sessionId":"s"}}"#,
            r#"{"method":"session.lifecycle","params":{"sessionId":"s","event":{"n":NaN}}}"#,
            r#"{"id":1,"method":"session.event","params":{"sessionId":"s","event":{"n":NaN}}}"#,
            r#"{"method":"session.event","params":{"sessionId":"s","event":{}},"params":{}}"#,
            r#"{"method":"session.event","params":{"sessionId":"s","event":{},"event":{}}}"#,
            r#"{"method":"session.event","params":{"sessionId":"s","event":{}}"#,
            r#"{"method":"session.event","params":{"sessionId":"s","event":{}}} {}"#,
            "NaN",
        ] {
            assert!(SessionEvent::from_malformed_frame(frame).is_none(), "{frame}");
        }
    }
}
