//! A draft: an event that has been read and has no number yet.

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::events::event::{Escaped, Inner, Origin, Span};
use crate::events::identity::Identity;
use crate::events::reading::envelope::Envelope;
use crate::events::reading::scan::{Scanner, Value};
use crate::events::{Event, Seq};
use crate::secret::without_values;

/// An event that has no number yet.
///
/// A log gives it one ([`EventLogWriter::append`](crate::events::EventLogWriter::append)), or
/// [`number`](Self::number) does so outside of any log. Deserializes from any JSON value.
// The event is allocated here; the log only sets its number and identity.
pub struct EventDraft {
    /// Shared with nobody: a draft can't be cloned, and gives this away only when it ends.
    event: Event,
}

impl EventDraft {
    /// Reads an event's JSON object. Never fails: text that is not an event becomes an event with
    /// a [`problem`](Event::problem), with the text as it is. What is no JSON inside of the object
    /// shows when it is decoded, as long as its brackets and quotes balance.
    pub fn parse(raw: &str) -> Self {
        match serde_json::from_str::<Envelope<'_>>(raw) {
            Ok(envelope) => Self::from_envelope(raw, &envelope),
            Err(error) => {
                // A payload that is no JSON need not cost the envelope.
                let (mut envelope, mut scanner) = (Envelope::default(), Scanner::new(raw));
                if envelope.scan(&mut scanner).is_some() && scanner.is_at_end() {
                    return Self::from_envelope(raw, &envelope);
                }
                let problem = format!("not an event object: {}", without_values(&error));
                Self::new(Inner { problem: Some(problem.into()), ..Inner::unread(raw) })
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
        Self::new(Inner {
            kind,
            id,
            payload: payload.unwrap_or_default(),
            timestamp,
            parent,
            agent,
            escaped: (!escaped.is_empty()).then(|| Box::new(escaped)),
            problem: (!problems.is_empty()).then(|| problems.join(", ").into()),
            ephemeral,
            ..Inner::unread(raw)
        })
    }

    /// Sets how the event comes into its log; [`Origin::Live`] unless set.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        if let Some(inner) = self.inner_mut() {
            inner.origin = origin;
        }
        self
    }

    /// Numbers the event outside of any log, as a test or a store may do.
    ///
    /// Such an event has no session, and its [cursor](Event::cursor) is foreign to every log.
    ///
    /// ```
    /// use copilot_sessions::events::{EventDraft, Seq};
    ///
    /// let event = EventDraft::parse(r#"{"id":"a","type":"session.idle"}"#).number(Seq::FIRST);
    /// assert_eq!((event.seq(), event.kind()), (Seq::FIRST, "session.idle"));
    /// ```
    pub fn number(self, seq: Seq) -> Event {
        self.placed(seq, None)
    }

    /// The event's id; empty if it has none.
    pub fn id(&self) -> &str {
        self.event.id()
    }

    /// The event's type; empty if it has none.
    pub fn kind(&self) -> &str {
        self.event.kind()
    }

    /// When the runtime made the event, as it wrote it; empty if it did not say.
    pub fn timestamp(&self) -> &str {
        self.event.timestamp()
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

    /// Numbers the event, in the log with this identity.
    pub(in crate::events) fn into_event(self, seq: Seq, identity: Arc<Identity>) -> Event {
        self.placed(seq, Some(identity))
    }

    fn placed(mut self, seq: Seq, identity: Option<Arc<Identity>>) -> Event {
        if let Some(inner) = self.inner_mut() {
            inner.seq = seq;
            inner.identity = identity;
        }
        self.event
    }

    fn inner_mut(&mut self) -> Option<&mut Inner> {
        // Always `Some`: see the field.
        Arc::get_mut(&mut self.event.inner)
    }

    fn new(inner: Inner) -> Self {
        Self { event: Event { inner: Arc::new(inner) } }
    }
}

impl fmt::Debug for EventDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventDraft").field(&self.event).finish()
    }
}

/// Never fails for JSON: see [`EventDraft::parse`]. It must be `serde_json` that reads the text: the
/// fields of an untagged or flattened type have lost theirs, and fail.
impl<'de> Deserialize<'de> for EventDraft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <Box<RawValue>>::deserialize(deserializer)?;
        Ok(Self::parse(raw.get()))
    }
}

impl Inner {
    /// One of which only the text is known.
    fn unread(raw: &str) -> Self {
        Self {
            raw: raw.into(),
            identity: None,
            origin: Origin::Live,
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
            unreadable: AtomicBool::new(false),
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

    fn event(raw: &str) -> Event {
        EventDraft::parse(raw).number(Seq::FIRST)
    }

    #[test]
    fn the_envelope_is_read_in_any_order_and_the_bytes_are_kept() {
        let raw = r#"{ "data":{"a":1}, "parentId":"p","id":"i","ephemeral":true,"x":[], "agentId":"g","timestamp":"t","type":"k"}"#;
        let event = event(raw);
        assert_eq!(event.raw(), raw);
        assert_eq!((event.id(), event.kind(), event.timestamp()), ("i", "k", "t"));
        assert_eq!((event.parent_id(), event.agent_id()), (Some("p"), Some("g")));
        assert!(event.is_ephemeral());
        assert_eq!(event.raw_data(), r#"{"a":1}"#);
        assert_eq!(event.problem(), None);
    }

    #[test]
    fn escapes_in_the_envelope_are_decoded() {
        let event = event(r#"{"id":"a\"b","type":"\u006bind","data":null}"#);
        assert_eq!((event.id(), event.kind()), ("a\"b", "kind"));
        assert_eq!(event.problem(), None);
        assert!(EventDraft::parse(r#"{"id":"i","type":"k"}"#).event.inner.escaped.is_none());
        let one_escape = self::event(r#"{"id":"\u0069","type":"k","agentId":"g"}"#);
        assert_eq!((one_escape.id(), one_escape.kind()), ("i", "k"));
        assert_eq!(one_escape.agent_id(), Some("g"));
    }

    #[test]
    fn an_event_weighs_its_text_and_at_least_the_memory_that_it_takes_itself() {
        let (short, long) =
            (EventDraft::parse("{}"), EventDraft::parse(r#"{"id":"i","type":"k"}"#));
        assert_eq!(long.weight() - short.weight(), long.raw().len() - short.raw().len());
        // Two counters stand before an event that is shared.
        let own = size_of::<Inner>() + 2 * size_of::<usize>();
        assert!(short.weight() - short.raw().len() >= own);
    }

    #[test]
    fn a_whole_event_as_a_value_is_an_error_if_it_can_not_be_one() {
        let read = event(r#"{"id":"i"}"#).to_value().unwrap();
        assert_eq!(read, serde_json::json!({ "id": "i" }));
        let deep = format!(r#"{{"type":"k","data":{}{}}}"#, "[".repeat(130), "]".repeat(130));
        for raw in ["{", &deep] {
            assert!(event(raw).to_value().is_err());
            assert_eq!(event(raw).raw(), raw);
        }
    }

    #[test]
    fn an_event_serializes_as_its_text_and_is_read_back_from_it() {
        let raw = r#"{ "type":"k", "id":"i","data":{"n":1.50} }"#;
        let events = vec![event(raw)];
        assert_eq!(serde_json::to_string(&events).unwrap(), format!("[{raw}]"));
        let drafts: Vec<EventDraft> = serde_json::from_str(&format!("[{raw}]")).unwrap();
        assert_eq!(drafts[0].raw(), raw);
        let error = serde_json::to_string(&event(r#"{"data":NaN}"#)).unwrap_err();
        assert!(error.to_string().contains("event 1"), "{error}");
    }

    #[test]
    fn an_event_that_is_numbered_outside_of_a_log_has_no_home() {
        let event = EventDraft::parse(r#"{"id":"i"}"#).with_origin(Origin::History);
        let event = event.number(Seq::new(7).unwrap());
        assert_eq!((event.seq().get(), event.origin()), (7, Origin::History));
        assert_eq!((event.session_id(), event.log_id()), (None, None));
        assert_eq!((event.cursor().log_id(), event.cursor().next().get()), (None, 8));
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
        for raw in ["", "5", "[1]", "{", "null", r#"{"id":"i","data":NaN} x"#] {
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
    fn an_empty_string_is_absent() {
        for empty in [r#""""#, "null"] {
            let raw = format!(
                r#"{{"id":"i","type":"k","agentId":{empty},"parentId":{empty},"timestamp":{empty}}}"#
            );
            let event = event(&raw);
            assert_eq!(
                (event.agent_id(), event.parent_id(), event.timestamp()),
                (None, None, "")
            );
            assert_eq!(event.problem(), None);
        }
    }
}
