//! Checks the scanner: on any frame it gives the same event as serde.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::{Formatter, Write};

use copilot_sessions::events::{EventDraft, EventLogWriter};
use copilot_sessions::internals::{read_event_frame, read_event_frame_with_serde};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Reads the input as a frame, and as an event in a frame of the form that runtimes write.
///
/// # Panics
///
/// When the scanner and serde disagree, or an event is lost.
pub fn check(input: &[u8]) {
    // The connection's reader passes on UTF-8 only.
    let Ok(text) = std::str::from_utf8(input) else { return };
    check_frame(text);
    check_frame(&format!(
        r#"{{"jsonrpc":"2.0","method":"session.event","params":{{"sessionId":"s","event":{text}}}}}"#
    ));
}

fn check_frame(frame: &str) {
    let scanned = read_event_frame(frame);
    let validated = read_event_frame_with_serde(frame);
    let expected = expected(frame);
    let is_json = serde_json::from_str::<IgnoredAny>(frame).is_ok();
    match (scanned, validated) {
        (Some((session, scanned)), Some((same_session, validated))) => {
            assert_eq!(session, same_session);
            assert_eq!(Read::of(scanned), Read::of(validated), "the scanner and serde differ");
        }
        // The scanner does not validate the values that it skips, as its documentation says. The text around them
        // must be JSON nevertheless.
        (Some(_), None) => {
            assert!(!is_json, "serde rejects JSON that the scanner accepts");
            let outline =
                outline(frame).expect("an outline of a frame that the scanner accepts");
            let outlined = serde_json::from_str::<IgnoredAny>(&outline);
            assert!(
                outlined.is_ok(),
                "the scanner accepts a frame that is no object: {outline}"
            );
        }
        (None, Some(_)) => assert!(is_json, "serde accepts a frame that is no JSON"),
        (None, None) => assert!(expected.is_none(), "an event is lost"),
    }
    if let Some((session, expected)) = expected {
        let (read_session, event) =
            read_event_frame(frame).or_else(|| read_event_frame_with_serde(frame)).unwrap();
        assert_eq!(session, read_session);
        assert_eq!(expected, Read::of(event), "not the event in the frame");
    }
}

/// The whole envelope of an event.
#[derive(Debug, PartialEq)]
struct Read {
    raw: String,
    id: String,
    kind: String,
    timestamp: String,
    parent: Option<String>,
    agent: Option<String>,
    ephemeral: bool,
    data: String,
    has_problem: bool,
}

impl Read {
    fn of(draft: EventDraft) -> Self {
        let before =
            [draft.raw(), draft.id(), draft.kind(), draft.raw_data()].map(String::from);
        let (from_sub_agent, problem) =
            (draft.is_from_sub_agent(), draft.problem().map(String::from));
        let mut writer = EventLogWriter::default();
        let log = writer.log().clone();
        writer.append(draft).expect("an open log");
        let event = log.events().next_ready().expect("an event").expect("no gap");
        assert_eq!(before, [event.raw(), event.id(), event.kind(), event.raw_data()]);
        assert_eq!(from_sub_agent, event.agent_id().is_some());
        assert_eq!(problem.as_deref(), event.problem());
        Self {
            raw: event.raw().into(),
            id: event.id().into(),
            kind: event.kind().into(),
            timestamp: event.timestamp().into(),
            parent: event.parent_id().map(Into::into),
            agent: event.agent_id().map(Into::into),
            ephemeral: event.is_ephemeral(),
            data: event.raw_data().into(),
            has_problem: problem.is_some(),
        }
    }
}

/// The event in a frame, read by serde without any code of the crate, if the frame is clearly an event of a session: no
/// field of the frame or its parameters occurs twice, and the event is an object.
fn expected(frame: &str) -> Option<(String, Read)> {
    let frame = fields(frame, Repeated::Rejected)?;
    let text = |name| serde_json::from_str::<String>(frame.get(name)?.get()).ok();
    if frame.contains_key("id")
        || text("jsonrpc")? != "2.0"
        || text("method")? != "session.event"
    {
        return None;
    }
    let params = fields(frame.get("params")?.get(), Repeated::Rejected)?;
    let session = serde_json::from_str(params.get("sessionId")?.get()).ok()?;
    let raw = params.get("event")?.get();
    let event = fields(raw, Repeated::LastCounts)?;
    let mut has_problem = false;
    let mut text = |name, required| {
        let value = event.get(name).map(|value| value.get()).filter(|value| *value != "null");
        let text = value.and_then(|value| serde_json::from_str::<String>(value).ok());
        has_problem |= text.is_none() && (required || value.is_some());
        text
    };
    let id = text("id", true).unwrap_or_default();
    let kind = text("type", true).unwrap_or_default();
    let timestamp = text("timestamp", false).unwrap_or_default();
    // An empty one is absent.
    let mut id_of = |name| text(name, false).filter(|id: &String| !id.is_empty());
    let (parent, agent) = (id_of("parentId"), id_of("agentId"));
    let ephemeral = event.get("ephemeral").map_or("null", |value| value.get());
    has_problem |= !matches!(ephemeral, "true" | "false" | "null");
    let read = Read {
        raw: raw.into(),
        id,
        kind,
        timestamp,
        parent,
        agent,
        ephemeral: ephemeral == "true",
        data: event.get("data").map_or("null", |value| value.get()).into(),
        has_problem,
    };
    Some((session, read))
}

/// How a field that occurs twice is read.
#[derive(Clone, Copy, PartialEq)]
enum Repeated {
    Rejected,
    LastCounts,
}

/// The fields of a JSON object; `None` for anything else.
fn fields(object: &str, repeated: Repeated) -> Option<BTreeMap<String, &RawValue>> {
    struct Fields<'a>(Vec<(String, &'a RawValue)>);

    impl<'de> Deserialize<'de> for Fields<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(All)
        }
    }

    struct All;

    impl<'de> Visitor<'de> for All {
        type Value = Fields<'de>;

        fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some(field) = map.next_entry()? {
                fields.push(field);
            }
            Ok(Fields(fields))
        }
    }

    let Fields(list) = serde_json::from_str(object).ok()?;
    let count = list.len();
    let fields: BTreeMap<_, _> = list.into_iter().collect();
    (repeated == Repeated::LastCounts || fields.len() == count).then_some(fields)
}

/// The frame with every value that the scanner skips replaced by `0`, `""` or `{}`. The parser is as simple as possible:
/// it knows strings and brackets, and nothing else.
fn outline(frame: &str) -> Option<String> {
    let mut outline = Outline { rest: frame, text: String::new() };
    outline.space();
    outline.object(&["params", "event"])?;
    outline.space();
    outline.rest.is_empty().then_some(outline.text)
}

struct Outline<'a> {
    rest: &'a str,
    text: String,
}

impl<'a> Outline<'a> {
    /// Copies an object, and in it the objects on the path `into` the event.
    fn object(&mut self, into: &[&str]) -> Option<()> {
        self.take('{')?;
        self.space();
        if self.rest.starts_with('}') {
            return self.take('}');
        }
        loop {
            self.space();
            let name = self.string()?;
            // The scanner does not validate names either; a name with escapes it leaves to serde.
            let shown = name.replace(|c: char| c == '\\' || c.is_control(), "?");
            write!(self.text, "\"{shown}\"").ok()?;
            self.space();
            self.take(':')?;
            self.space();
            match into {
                [next, deeper @ ..] if name == *next => self.object(deeper)?,
                _ => self.value()?,
            }
            self.space();
            if self.take(',').is_none() {
                return self.take('}');
            }
        }
    }

    fn value(&mut self) -> Option<()> {
        let replacement = match self.rest.chars().next()? {
            '"' => self.string().map(|_| "\"\"")?,
            '{' | '[' => self.container().map(|()| "{}")?,
            _ => self.scalar().map(|()| "0")?,
        };
        self.text.push_str(replacement);
        Some(())
    }

    /// Skips a string and returns its content.
    fn string(&mut self) -> Option<&'a str> {
        let content = self.rest.strip_prefix('"')?;
        let mut escaped = false;
        for (at, c) in content.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.rest = &content[at + 1..];
                    return Some(&content[..at]);
                }
                _ => {}
            }
        }
        None
    }

    fn container(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            let c = self.rest.chars().next()?;
            if c == '"' {
                self.string()?;
                continue;
            }
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                '{' => open.push('}'),
                '[' => open.push(']'),
                '}' | ']' => {
                    if open.pop()? != c {
                        return None;
                    }
                    if open.is_empty() {
                        return Some(());
                    }
                }
                _ => {}
            }
        }
    }

    fn scalar(&mut self) -> Option<()> {
        let part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let rest = self.rest.trim_start_matches(part);
        let some = rest.len() < self.rest.len();
        self.rest = rest;
        some.then_some(())
    }

    /// Copies this character.
    fn take(&mut self, c: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(c)?;
        self.text.push(c);
        Some(())
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }
}
