//! A draft: an event that has been read and has no number yet.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::events::event::{Escaped, Span};
use crate::events::reading::envelope::Envelope;
use crate::events::reading::scan::Value;
use crate::events::{Event, Seq};

/// An event that has no number yet; a log gives it one.
// The event is allocated here; the log only sets its number.
pub struct EventDraft {
    /// Shared with nobody: a draft can't be cloned, and gives this away only when it ends.
    event: Arc<Event>,
}

impl EventDraft {
    /// Reads an event's JSON object. Never fails: text that is not an event becomes an event with
    /// a [`problem`](Event::problem), with the text as it is.
    pub fn parse(raw: &str) -> Self {
        match serde_json::from_str::<Envelope<'_>>(raw) {
            Ok(envelope) => Self::from_envelope(raw, &envelope),
            Err(error) => {
                let problem = format!("not an event object: {error}");
                Self::new(Event { problem: Some(problem.into()), ..Event::unread(raw) })
            }
        }
    }

    /// An event whose envelope has been read from `raw` already.
    pub(crate) fn from_envelope(raw: &str, envelope: &Envelope<'_>) -> Self {
        let mut strings = Strings { raw, escaped: Escaped::default(), problems: Vec::new() };
        let id = strings.required("id", envelope.id, |escaped| &mut escaped.id);
        let kind = strings.required("type", envelope.kind, |escaped| &mut escaped.kind);
        let timestamp =
            strings.optional("timestamp", envelope.timestamp, |escaped| &mut escaped.timestamp);
        let parent =
            strings.optional("parentId", envelope.parent, |escaped| &mut escaped.parent);
        let agent = strings.optional("agentId", envelope.agent, |escaped| &mut escaped.agent);
        let Strings { escaped, mut problems, .. } = strings;
        let ephemeral = match envelope.ephemeral.map(|value| value.json) {
            Some("true") => true,
            None | Some("false" | "null") => false,
            Some(_) => {
                problems.push("`ephemeral` is not a boolean".to_owned());
                false
            }
        };
        let payload = envelope.data.and_then(|data| Span::of(raw, data.json));
        Self::new(Event {
            kind,
            id,
            payload: payload.unwrap_or_default(),
            timestamp,
            parent,
            agent,
            escaped: (!escaped.is_empty()).then(|| Box::new(escaped)),
            problem: (!problems.is_empty()).then(|| problems.join(", ").into()),
            ephemeral,
            ..Event::unread(raw)
        })
    }

    /// The event's id; empty if it has none.
    pub fn id(&self) -> &str {
        self.event.id()
    }

    /// The event's type; empty if it has none.
    pub fn kind(&self) -> &str {
        self.event.kind()
    }

    /// The JSON text of the payload; `null` if the event has none.
    pub fn raw_data(&self) -> &str {
        self.event.raw_data()
    }

    /// Whether the event belongs to a sub-agent.
    pub fn is_from_sub_agent(&self) -> bool {
        self.event.agent_id().is_some()
    }

    /// What is wrong with the envelope.
    pub fn problem(&self) -> Option<&str> {
        self.event.problem()
    }

    /// The event's JSON text.
    pub fn raw(&self) -> &str {
        self.event.raw()
    }

    /// What the event counts against a log's byte bound: its text plus what is kept
    /// beside it.
    pub(crate) fn weight(&self) -> usize {
        self.event.weight()
    }

    pub(in crate::events) fn into_event(mut self, seq: Seq) -> Arc<Event> {
        // See `event`: this is its only reference.
        if let Some(event) = Arc::get_mut(&mut self.event) {
            event.seq = seq;
        }
        self.event
    }

    fn new(event: Event) -> Self {
        Self { event: Arc::new(event) }
    }
}

impl fmt::Debug for EventDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventDraft").field(&self.event).finish()
    }
}

impl Event {
    /// One of which only the text is known.
    fn unread(raw: &str) -> Self {
        Self {
            raw: raw.into(),
            seq: Seq::FIRST,
            kind: Span::default(),
            id: Span::default(),
            data: OnceLock::new(),
            payload: Span::default(),
            timestamp: Span::default(),
            parent: Span::default(),
            agent: Span::default(),
            escaped: None,
            problem: None,
            ephemeral: false,
        }
    }
}

/// Reads the strings of an envelope and gathers what is unusual about them.
struct Strings<'a> {
    raw: &'a str,
    escaped: Escaped,
    problems: Vec<String>,
}

/// Where the text of a string with escapes goes.
type Slot = fn(&mut Escaped) -> &mut Option<Box<str>>;

impl Strings<'_> {
    fn required(&mut self, name: &str, value: Option<Value<'_>>, slot: Slot) -> Span {
        if value.is_none_or(|value| value.json == "null") {
            self.problems.push(format!("`{name}` is missing"));
        }
        self.optional(name, value, slot)
    }

    fn optional(&mut self, name: &str, value: Option<Value<'_>>, slot: Slot) -> Span {
        let Some(value) = value.filter(|value| value.json != "null") else {
            return Span::default();
        };
        if let Some(span) = value.plain_string().and_then(|text| Span::of(self.raw, text)) {
            return span;
        }
        match serde_json::from_str(value.json) {
            Ok(text) => *slot(&mut self.escaped) = Some(text),
            Err(_) => self.problems.push(format!("`{name}` is not a string")),
        }
        Span::default()
    }
}

impl Escaped {
    fn is_empty(&self) -> bool {
        let Self { id, kind, timestamp, parent, agent } = self;
        [id, kind, timestamp, parent, agent].iter().all(|text| text.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(raw: &str) -> Arc<Event> {
        EventDraft::parse(raw).into_event(Seq::FIRST)
    }

    #[test]
    fn the_envelope_is_read_in_any_order_and_the_bytes_are_kept() {
        let raw = r#"{ "data":{"a":1}, "parentId":null,"id":"i","ephemeral":true,"x":[], "agentId":"g","timestamp":"t","type":"k"}"#;
        let event = event(raw);
        assert_eq!(event.raw(), raw);
        assert_eq!((event.id(), event.kind(), event.timestamp()), ("i", "k", "t"));
        assert_eq!((event.parent_id(), event.agent_id()), (None, Some("g")));
        assert!(event.is_ephemeral());
        assert_eq!(event.raw_data(), r#"{"a":1}"#);
        assert_eq!(event.problem(), None);
    }

    #[test]
    fn escapes_in_the_envelope_are_decoded() {
        let event = event(r#"{"id":"a\"b","type":"\u006bind","data":null}"#);
        assert_eq!((event.id(), event.kind()), ("a\"b", "kind"));
        assert_eq!(event.problem(), None);
        assert!(self::event(r#"{"id":"i","type":"k"}"#).escaped.is_none());
        let one_escape = self::event(r#"{"id":"\u0069","type":"k","agentId":"g"}"#);
        assert_eq!((one_escape.id(), one_escape.kind()), ("i", "k"));
        assert_eq!(one_escape.agent_id(), Some("g"));
    }

    #[test]
    fn an_event_weighs_its_text_and_at_least_the_memory_that_it_takes_itself() {
        let (short, long) = (event("{}"), event(r#"{"id":"i","type":"k"}"#));
        assert_eq!(long.weight() - short.weight(), long.raw().len() - short.raw().len());
        // Two counters stand before an event that is shared.
        let own = size_of::<Event>() + 2 * size_of::<usize>();
        assert!(short.weight() - short.raw().len() >= own);
    }

    #[test]
    fn a_whole_event_as_a_value_is_null_only_if_it_is_not_json() {
        assert_eq!(event(r#"{"id":"i"}"#).to_value(), serde_json::json!({ "id": "i" }));
        assert_eq!(event("{").to_value(), serde_json::Value::Null);
    }

    #[test]
    fn a_misshaped_event_keeps_its_bytes_and_names_what_is_wrong() {
        for (raw, problem) in [
            ("{}", "`id` is missing, `type` is missing"),
            (r#"{"id":5,"type":"k"}"#, "`id` is not a string"),
            (r#"{"id":"i","type":"k","ephemeral":1}"#, "`ephemeral` is not a boolean"),
            (r#"{"id":"\ud83d","type":"k"}"#, "`id` is not a string"),
        ] {
            let event = event(raw);
            assert_eq!(event.raw(), raw);
            assert_eq!(event.problem(), Some(problem), "{raw}");
        }
        for raw in ["", "5", "[1]", "{", "null"] {
            let event = event(raw);
            assert_eq!(event.raw(), raw);
            assert!(event.problem().is_some(), "{raw}");
            assert_eq!(event.kind(), "");
        }
    }

    #[test]
    fn the_payload_of_a_draft_is_its_text_and_null_if_there_is_none() {
        let raw_data = |raw| EventDraft::parse(raw).raw_data().to_owned();
        assert_eq!(raw_data(r#"{"id":"i","data":{ "a" : 1 }}"#), r#"{ "a" : 1 }"#);
        assert_eq!(raw_data(r#"{"id":"i"}"#), "null");
    }

    #[test]
    fn an_empty_string_is_present() {
        let event = event(r#"{"id":"i","type":"k","agentId":""}"#);
        assert_eq!(event.agent_id(), Some(""));
    }
}
