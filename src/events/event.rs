//! One event: its exact bytes, its envelope, its payload on demand.

use std::fmt;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use super::envelope::{Envelope, Value, offset_in};
use super::kinds::{EventData, Payload};
use super::{DecodeError, Seq};

/// One event of a session.
///
/// An event keeps the JSON text that the runtime sent, verbatim ([`raw`](Self::raw)). The
/// envelope (id, kind, timestamp, parent, agent, ephemeral) was read when it arrived; the
/// payload is decoded when it is first asked for ([`data`](Self::data)), once, and shared
/// by all readers. Until then it is only known to be balanced, with every bracket and
/// quote closed: should it be no valid JSON for another reason, decoding it says so.
///
/// Nothing that a runtime sends is refused: an event of a kind that this crate does not
/// know, or one whose envelope is not as it should be, is an event like any other, and
/// [`problem`](Self::problem) says what is wrong with it.
#[repr(C)]
pub struct Event {
    draft: EventDraft,
    seq: Seq,
    data: OnceLock<Box<EventData>>,
}

impl Event {
    /// The number of the event in its log, from 1.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The id that the runtime gave the event; empty if it gave none.
    ///
    /// Opaque: usually a UUID, but nothing relies on that.
    pub fn id(&self) -> &str {
        self.draft.text(self.draft.id, |escaped| &escaped.id).unwrap_or_default()
    }

    /// The event's type, such as `assistant.message`; empty if it has none.
    pub fn kind(&self) -> &str {
        self.draft.text(self.draft.kind, |escaped| &escaped.kind).unwrap_or_default()
    }

    /// When the runtime made the event, as it wrote it (ISO 8601, milliseconds, UTC);
    /// empty if it did not say. Timestamps of neighbours may be out of order by a few
    /// milliseconds; [`seq`](Self::seq) is the order.
    pub fn timestamp(&self) -> &str {
        self.draft.text(self.draft.timestamp, |escaped| &escaped.timestamp).unwrap_or_default()
    }

    /// The id of the event before this one in the runtime's own chain.
    ///
    /// Not a means to find gaps: ephemeral events and those of sub-agents do not link to
    /// what was sent before them.
    pub fn parent_id(&self) -> Option<&str> {
        self.draft.text(self.draft.parent, |escaped| &escaped.parent)
    }

    /// The sub-agent that the event belongs to; `None` for the main agent.
    pub fn agent_id(&self) -> Option<&str> {
        self.draft.text(self.draft.agent, |escaped| &escaped.agent)
    }

    /// Whether the runtime will not persist the event.
    pub fn is_ephemeral(&self) -> bool {
        self.draft.ephemeral
    }

    /// The event's JSON object, byte for byte as the runtime wrote it.
    pub fn raw(&self) -> &str {
        &self.draft.raw
    }

    /// The JSON text of the payload (the member `data`); `null` if the event has none.
    pub fn raw_data(&self) -> &str {
        self.draft.slice(self.draft.data).unwrap_or("null")
    }

    /// What is wrong with the envelope; `None` for every event as it should be.
    pub fn problem(&self) -> Option<&str> {
        self.draft.problem.as_deref()
    }

    /// The payload, typed. Decoded on the first call by any reader, then shared.
    pub fn data(&self) -> &EventData {
        self.data.get_or_init(|| Box::new(EventData::decode(self.kind(), self.raw_data())))
    }

    /// The payload if the event is of kind `P` and the payload fits.
    pub fn get<P: Payload>(&self) -> Option<&P> {
        if self.is::<P>() { P::from_data(self.data()) } else { None }
    }

    /// Whether the event is of kind `P`. Cheap: compares the kind, decodes nothing.
    pub fn is<P: Payload>(&self) -> bool {
        self.kind() == P::KIND
    }

    /// Decodes the payload into a type of the caller's, each time anew.
    ///
    /// # Errors
    ///
    /// When the payload does not fit; the event stays as it is.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        serde_json::from_str(self.raw_data())
            .map_err(|error| DecodeError::new(self.kind(), &error))
    }

    /// The whole event as a JSON value; null for bytes that are no JSON.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::from_str(self.raw()).unwrap_or_default()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Payloads may hold what does not belong in a log file.
        f.debug_struct("Event")
            .field("seq", &self.seq)
            .field("kind", &self.kind())
            .field("id", &self.id())
            .field("agent_id", &self.agent_id())
            .field("ephemeral", &self.is_ephemeral())
            .field("bytes", &self.raw().len())
            .field("problem", &self.problem())
            .finish_non_exhaustive()
    }
}

/// An event that has no number yet; a log gives it one.
#[derive(Debug, Default)]
#[repr(C)]
pub struct EventDraft {
    raw: Box<str>,
    id: Span,
    kind: Span,
    timestamp: Span,
    parent: Span,
    agent: Span,
    data: Span,
    ephemeral: bool,
    escaped: Option<Box<Escaped>>,
    problem: Option<Box<str>>,
}

/// A part of the event's text; empty where the event lacks it.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    end: u32,
}

/// The envelope's strings, for the rare event that writes one of them with escapes.
#[derive(Debug, Default)]
struct Escaped {
    id: Option<Box<str>>,
    kind: Option<Box<str>>,
    timestamp: Option<Box<str>>,
    parent: Option<Box<str>>,
    agent: Option<Box<str>>,
}

impl EventDraft {
    /// Reads an event's JSON object. Never fails: text that is no event is kept as it is,
    /// as an event with a [`problem`](Event::problem).
    pub fn parse(raw: &str) -> Self {
        match serde_json::from_str::<Envelope<'_>>(raw) {
            Ok(envelope) => Self::from_envelope(raw, &envelope),
            Err(error) => Self {
                raw: raw.into(),
                problem: Some(format!("not an event object: {error}").into()),
                ..Self::default()
            },
        }
    }

    /// An event whose envelope has been read from `raw` already.
    pub(crate) fn from_envelope(raw: &str, envelope: &Envelope<'_>) -> Self {
        let mut draft = Self { raw: raw.into(), ..Self::default() };
        let mut escaped = Escaped::default();
        let mut problems = Vec::new();
        let mut field = |name, value, slot: &mut Option<Box<str>>, required| {
            match string(raw, value) {
                Text::Plain(span) => return span,
                Text::Escaped(text) => *slot = Some(text),
                Text::Absent if required => problems.push(format!("`{name}` is missing")),
                Text::Absent => {}
                Text::Wrong => problems.push(format!("`{name}` is not a string")),
            }
            Span::default()
        };
        draft.id = field("id", envelope.id, &mut escaped.id, true);
        draft.kind = field("type", envelope.kind, &mut escaped.kind, true);
        draft.timestamp = field("timestamp", envelope.timestamp, &mut escaped.timestamp, false);
        draft.parent = field("parentId", envelope.parent, &mut escaped.parent, false);
        draft.agent = field("agentId", envelope.agent, &mut escaped.agent, false);
        draft.data =
            envelope.data.and_then(|data| Span::of(raw, data.json)).unwrap_or_default();
        match envelope.ephemeral.map(|value| value.json) {
            Some("true") => draft.ephemeral = true,
            None | Some("false" | "null") => {}
            Some(_) => problems.push("`ephemeral` is not a boolean".to_owned()),
        }
        if !escaped.is_empty() {
            draft.escaped = Some(Box::new(escaped));
        }
        if !problems.is_empty() {
            draft.problem = Some(problems.join(", ").into());
        }
        draft
    }

    /// The event's id; empty if it has none.
    pub fn id(&self) -> &str {
        self.text(self.id, |escaped| &escaped.id).unwrap_or_default()
    }

    /// The event's type; empty if it has none.
    pub fn kind(&self) -> &str {
        self.text(self.kind, |escaped| &escaped.kind).unwrap_or_default()
    }

    /// The JSON text of the payload; `null` if the event has none.
    pub fn raw_data(&self) -> &str {
        self.slice(self.data).unwrap_or("null")
    }

    /// Whether the event belongs to a sub-agent.
    pub fn is_from_sub_agent(&self) -> bool {
        self.text(self.agent, |escaped| &escaped.agent).is_some()
    }

    /// What is wrong with the envelope.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The event's JSON text.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// What the event counts against a log's byte bound: its text plus what is kept
    /// beside it.
    pub fn weight(&self) -> usize {
        const BESIDE: usize = size_of::<Event>() + 4 * size_of::<usize>();
        self.raw.len() + BESIDE
    }

    pub(super) fn into_event(self, seq: Seq) -> Event {
        Event { seq, draft: self, data: OnceLock::new() }
    }

    fn text(
        &self,
        span: Span,
        escaped: impl Fn(&Escaped) -> &Option<Box<str>>,
    ) -> Option<&str> {
        match &self.escaped {
            Some(texts) if escaped(texts).is_some() => escaped(texts).as_deref(),
            _ => self.slice(span),
        }
    }

    fn slice(&self, span: Span) -> Option<&str> {
        if span.end == 0 {
            return None;
        }
        self.raw.get(span.start as usize..span.end as usize)
    }
}

impl Escaped {
    fn is_empty(&self) -> bool {
        let Self { id, kind, timestamp, parent, agent } = self;
        [id, kind, timestamp, parent, agent].iter().all(|text| text.is_none())
    }
}

impl Span {
    /// Where `part` lies in `whole`; `None` beyond 4 GiB, far over any frame's limit.
    fn of(whole: &str, part: &str) -> Option<Self> {
        let start = offset_in(whole, part)?;
        Some(Self {
            start: u32::try_from(start).ok()?,
            end: u32::try_from(start + part.len()).ok()?,
        })
    }
}

enum Text {
    Plain(Span),
    Escaped(Box<str>),
    Absent,
    Wrong,
}

fn string(raw: &str, value: Option<Value<'_>>) -> Text {
    let Some(value) = value.filter(|value| value.json != "null") else { return Text::Absent };
    match value.plain_string().and_then(|text| Span::of(raw, text)) {
        Some(span) => Text::Plain(span),
        None => serde_json::from_str(value.json).map_or(Text::Wrong, Text::Escaped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(raw: &str) -> Event {
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
    fn an_empty_string_is_present() {
        let event = event(r#"{"id":"i","type":"k","agentId":""}"#);
        assert_eq!(event.agent_id(), Some(""));
    }
}
