//! An event: its JSON as it was received, its envelope, and its payload on demand.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::events::identity::Identity;
use crate::events::kinds::{EventData, EventKind, Payload};
use crate::events::{Cursor, DecodeError, LogId, Seq};
use crate::ids::SessionId;
use crate::json::Mismatch;

/// One event of a session.
///
/// An event keeps the JSON text that the runtime sent, byte for byte ([`raw`](Self::raw)). The
/// envelope (id, kind, timestamp, parent, agent, ephemeral) is read when the event arrives. The
/// payload is decoded once, on first use ([`data`](Self::data)), and shared by all readers.
/// Until then only its brackets and quotes are checked; other invalid JSON shows when it is
/// decoded. A message whose brackets or quotes do not balance is no event, and is counted by
/// [`Client::malformed_messages`](crate::Client::malformed_messages).
///
/// Otherwise nothing that a runtime sends is refused. An event of an unknown kind is an event like any
/// other, and so is one with a malformed envelope: [`problem`](Self::problem) says what is wrong
/// with it.
///
/// Cheap to clone: clones share the text and the payload. Serializes as its raw JSON; an event whose
/// text is not JSON does not serialize ([`raw`](Self::raw) has it all the same).
#[derive(Clone)]
pub struct Event {
    pub(in crate::events) inner: Arc<Inner>,
}

/// How an event came into its log. It says nothing about where a reader got it from: two readers
/// of one event never disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Origin {
    /// It arrived while the log was open, right after it had happened.
    #[default]
    Live,
    /// It was read from a history: it happened before.
    History,
}

/// What the clones of an event share.
// `repr(C)`: the fields that every reader uses stand next to the counters of the `Arc`.
#[repr(C)]
pub(in crate::events) struct Inner {
    pub(in crate::events) raw: Box<str>,
    pub(in crate::events) seq: Seq,
    pub(in crate::events) kind: Span,
    pub(in crate::events) id: Span,
    pub(in crate::events) data: OnceLock<EventData>,
    pub(in crate::events) payload: Span,
    pub(in crate::events) timestamp: Span,
    pub(in crate::events) parent: Span,
    pub(in crate::events) agent: Span,
    /// What all events of its log share; `None` if it was numbered outside of a log.
    pub(in crate::events) identity: Option<Arc<Identity>>,
    pub(in crate::events) escaped: Option<Box<Escaped>>,
    pub(in crate::events) problem: Option<Box<str>>,
    pub(in crate::events) ephemeral: bool,
    /// Something of the payload could not be read, which has been counted.
    pub(in crate::events) unreadable: AtomicBool,
    pub(in crate::events) origin: Origin,
}

impl Event {
    /// The number of the event in its log, from 1.
    pub fn seq(&self) -> Seq {
        self.inner.seq
    }

    /// The session that the event belongs to; `None` for an event of a log that is no session's.
    pub fn session_id(&self) -> Option<&SessionId> {
        self.inner.identity.as_ref()?.session()
    }

    /// The log that numbered the event; `None` if it was numbered [outside of
    /// one](crate::events::EventDraft::number).
    pub fn log_id(&self) -> Option<LogId> {
        Some(self.inner.identity.as_ref()?.lineage().log_id())
    }

    /// The place right behind the event in its log: a stream that is opened there goes on after it.
    pub fn cursor(&self) -> Cursor {
        let position = self.inner.seq.get();
        match &self.inner.identity {
            Some(identity) => identity.cursor(position),
            None => Cursor::at(LogId::NONE, 0, position),
        }
    }

    /// How the event came into its log.
    pub fn origin(&self) -> Origin {
        self.inner.origin
    }

    /// The id that the runtime gave the event; empty if it gave none.
    ///
    /// Opaque: usually a UUID, but nothing relies on that.
    pub fn id(&self) -> &str {
        self.text(self.inner.id, |escaped| &escaped.id).unwrap_or_default()
    }

    /// The event's type, such as `assistant.message`; empty if it has none.
    pub fn kind(&self) -> &str {
        self.text(self.inner.kind, |escaped| &escaped.kind).unwrap_or_default()
    }

    /// The kind, if this release knows it.
    pub fn known_kind(&self) -> Option<EventKind> {
        EventKind::of(self.kind())
    }

    /// When the runtime made the event, as it wrote it (ISO 8601, milliseconds, UTC);
    /// empty if it did not say. Timestamps of neighbours may be out of order by a few
    /// milliseconds; [`seq`](Self::seq) is the order.
    pub fn timestamp(&self) -> &str {
        self.text(self.inner.timestamp, |escaped| &escaped.timestamp).unwrap_or_default()
    }

    /// The id of the event before this one in the runtime's own chain.
    ///
    /// `None` if it named none: an empty string counts as none. It does not show gaps: ephemeral events and those of sub-agents are not part of the chain.
    pub fn parent_id(&self) -> Option<&str> {
        let parent = self.text(self.inner.parent, |escaped| &escaped.parent);
        parent.filter(|id| !id.is_empty())
    }

    /// The sub-agent that the event belongs to; `None` for the main agent, also if the event names
    /// it by an empty string.
    pub fn agent_id(&self) -> Option<&str> {
        let agent = self.text(self.inner.agent, |escaped| &escaped.agent);
        agent.filter(|id| !id.is_empty())
    }

    /// Whether the event is ephemeral: the runtime does not persist it.
    pub fn is_ephemeral(&self) -> bool {
        self.inner.ephemeral
    }

    /// The event's JSON object, byte for byte as the runtime wrote it.
    pub fn raw(&self) -> &str {
        &self.inner.raw
    }

    /// The JSON text of the payload (the field `data`); `null` if the event has none.
    pub fn raw_data(&self) -> &str {
        self.slice(self.inner.payload).unwrap_or("null")
    }

    /// What is wrong with the envelope; `None` if nothing is.
    pub fn problem(&self) -> Option<&str> {
        self.inner.problem.as_deref()
    }

    /// The payload, typed. Decoded on the first call by any reader, then shared.
    pub fn data(&self) -> &EventData {
        self.decoded(|| EventData::decode(self.kind(), self.raw_data()))
    }

    /// The payload, by the first call's `decode`.
    fn decoded(&self, decode: impl FnOnce() -> EventData) -> &EventData {
        let data = self.inner.data.get_or_init(decode);
        self.note_readability(!matches!(data, EventData::Unknown(Some(_))));
        data
    }

    /// Counts an event of which something can't be read, once.
    pub(in crate::events) fn note_readability(&self, readable: bool) {
        if !readable
            && !self.inner.unreadable.swap(true, Ordering::Relaxed)
            && let Some(identity) = &self.inner.identity
        {
            identity.count_unreadable();
        }
    }

    /// The payload if the event is of kind `P` and its payload decodes.
    pub fn get<P: Payload>(&self) -> Option<&P> {
        self.try_get().and_then(Result::ok)
    }

    /// Like [`get`](Self::get), with the error of a payload that does not decode; `None` if the
    /// event is of another kind.
    pub fn try_get<P: Payload>(&self) -> Option<Result<&P, &DecodeError>> {
        if !self.is::<P>() {
            return None;
        }
        match self.decoded(|| EventData::decode_as::<P>(self.raw_data())) {
            EventData::Unknown(Some(error)) => Some(Err(error)),
            data => P::from_data(data).map(Ok),
        }
    }

    /// Whether the event is of kind `P`. Cheap: compares the kind, decodes nothing.
    pub fn is<P: Payload>(&self) -> bool {
        self.kind() == P::KIND
    }

    /// Decodes the payload into a type of your own. Decodes on every call.
    ///
    /// # Errors
    ///
    /// When the payload does not decode into `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let json = self.raw_data();
        serde_json::from_str(json)
            .map_err(|error| DecodeError::new(self.kind(), Mismatch::new(json, &error)))
    }

    /// The bytes that the event counts against a log's bound: its text and a fixed overhead.
    pub(in crate::events) fn weight(&self) -> usize {
        // Beside the struct: the two counters of its `Arc`, and what the allocator adds twice.
        const OVERHEAD: usize = size_of::<Inner>() + 4 * size_of::<usize>();
        self.inner.raw.len() + OVERHEAD
    }

    /// The whole event as a JSON value.
    ///
    /// # Errors
    ///
    /// When its text is not JSON, or nested deeper than 127 levels.
    pub fn to_value(&self) -> Result<serde_json::Value, DecodeError> {
        serde_json::from_str(self.raw())
            .map_err(|error| DecodeError::new(self.kind(), Mismatch::new(self.raw(), &error)))
    }

    fn text(
        &self,
        span: Span,
        escaped: impl Fn(&Escaped) -> &Option<Box<str>>,
    ) -> Option<&str> {
        match &self.inner.escaped {
            Some(texts) if escaped(texts).is_some() => escaped(texts).as_deref(),
            _ => self.slice(span),
        }
    }

    fn slice(&self, span: Span) -> Option<&str> {
        if span.end == 0 {
            return None;
        }
        self.inner.raw.get(span.start as usize..span.end as usize)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Payloads may hold what does not belong in a log file.
        f.debug_struct("Event")
            .field("seq", &self.seq())
            .field("kind", &self.kind())
            .field("id", &self.id())
            .field("agent_id", &self.agent_id())
            .field("ephemeral", &self.is_ephemeral())
            .field("bytes", &self.raw().len())
            .field("problem", &self.problem())
            .finish_non_exhaustive()
    }
}

/// As the event's raw JSON.
impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(self.raw()).map_err(|error| {
            S::Error::custom(format_args!(
                "the text of event {} is not JSON: {error}",
                self.seq()
            ))
        })?;
        raw.serialize(serializer)
    }
}

/// A part of the event's text; empty where the event lacks it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::events) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Where `part` lies in `whole`; `None` beyond 4 GiB, far over any frame's limit.
    pub(in crate::events) fn of(whole: &str, part: &str) -> Option<Self> {
        let start = offset_in(whole, part)?;
        Some(Self {
            start: u32::try_from(start).ok()?,
            end: u32::try_from(start + part.len()).ok()?,
        })
    }
}

/// The envelope's strings, for the rare event that writes one of them with escapes.
#[derive(Debug, Default)]
pub(in crate::events) struct Escaped {
    pub(in crate::events) id: Option<Box<str>>,
    pub(in crate::events) kind: Option<Box<str>>,
    pub(in crate::events) timestamp: Option<Box<str>>,
    pub(in crate::events) parent: Option<Box<str>>,
    pub(in crate::events) agent: Option<Box<str>>,
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset_in(whole: &str, part: &str) -> Option<usize> {
    let offset = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (offset + part.len() <= whole.len()).then_some(offset)
}
