//! Cursors: places in a log that know which log they belong to.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::events::Seq;

/// The id of an event log: a random UUID, made with the log.
///
/// The events that belong to two logs are never taken for one another, though both are numbered
/// from 1: a [`Cursor`] has the id of its log. `Display`, `FromStr` and serde write it as 32
/// hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(Uuid);

impl LogId {
    /// The id of no log: of events that were numbered outside of any.
    pub(super) const NONE: Self = Self(Uuid::nil());

    pub(super) fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id as a UUID.
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for LogId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_simple().fmt(f)
    }
}

/// # Errors
///
/// When the text is no UUID.
impl FromStr for LogId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

impl Serialize for LogId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LogId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A cursor: a place between two events of one log, where a stream can start.
///
/// - **It knows its log**, and which opening of it (its *epoch*, see
///   [`Lineage`](super::Lineage)). A stream that is opened at a cursor which means nothing in its
///   log, or nothing any more, begins with a [`Gap`](super::Gap) that says so and where it
///   continues: [`Foreign`](super::Gap::Foreign) or [`Diverged`](super::Gap::Diverged). Only
///   [`START`](Self::START) belongs to every log.
/// - **It can be stored and sent**, by `Display` and `FromStr` or by serde, as the text
///   `LOG.EPOCH:SEQ`, where `SEQ` is the number of the event before it: a `Last-Event-ID` of
///   server-sent events, for instance. `START` is written `start`.
/// - If the log has evicted the events behind the cursor, the stream begins with a
///   [`Lagged`](super::Lagged) gap that counts them.
///
/// [`Event::cursor`](super::Event::cursor), [`EventStream::cursor`](super::EventStream::cursor) and
/// [`EventLog::after`](super::EventLog::after) make cursors.
///
/// ```
/// use copilot_sessions::events::{Cursor, EventDraft, EventLog};
/// use futures::{StreamExt, executor::block_on};
///
/// let drafts = ["1", "2"].map(|id| EventDraft::parse(&format!(r#"{{"id":"{id}","type":"k"}}"#)));
/// let log = EventLog::from_events(drafts);
/// let first = block_on(log.events().next()).unwrap()?;
///
/// let stored = first.cursor().to_string();
/// let cursor: Cursor = stored.parse()?;
/// let second = block_on(log.events_from(cursor).next()).unwrap()?;
/// assert_eq!(second.id(), "2");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    log: LogId,
    epoch: u32,
    position: u64,
}

impl Cursor {
    /// Before the first event of any log.
    pub const START: Self = Self { log: LogId::NONE, epoch: 0, position: 0 };

    pub(super) const fn at(log: LogId, epoch: u32, position: u64) -> Self {
        Self { log, epoch, position }
    }

    /// The log that the cursor belongs to; `None` for [`START`](Self::START), and for the cursor of
    /// an event that was numbered outside of a log.
    pub fn log_id(self) -> Option<LogId> {
        (self.log != LogId::NONE).then_some(self.log)
    }

    /// In which opening of its log the cursor was made: 1 in a log that is opened once.
    pub const fn epoch(self) -> u32 {
        self.epoch
    }

    /// The number of the event that a stream opened here delivers first.
    pub const fn next(self) -> Seq {
        Seq::at(self.position)
    }

    pub(super) const fn position(self) -> u64 {
        self.position
    }
}

const START: &str = "start";

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::START {
            return f.write_str(START);
        }
        write!(f, "{}.{}:{}", self.log, self.epoch, self.position)
    }
}

/// # Errors
///
/// [`ParseCursorError`] when the text is not one that `Display` wrote.
impl FromStr for Cursor {
    type Err = ParseCursorError;

    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        if text == START {
            return Ok(Self::START);
        }
        let read = || {
            let (log, rest) = text.split_once('.')?;
            let (epoch, position) = rest.split_once(':')?;
            let log = log.parse().ok()?;
            Some(Self { log, epoch: epoch.parse().ok()?, position: position.parse().ok()? })
        };
        // One cursor has one text.
        read().filter(|cursor| cursor.to_string() == text).ok_or(ParseCursorError(()))
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A text that is no cursor. Use one that a cursor's `Display` wrote, or start at
/// [`Cursor::START`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseCursorError(());

impl fmt::Display for ParseCursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a cursor: expected `start` or `LOG.EPOCH:SEQ`")
    }
}

impl std::error::Error for ParseCursorError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_of_a_cursor_names_log_epoch_and_number() {
        let log = LogId(Uuid::from_u128(0xabc));
        assert_eq!(log.to_string().parse(), Ok(log));
        let json = serde_json::to_string(&log).unwrap();
        assert_eq!(serde_json::from_str::<LogId>(&json).unwrap(), log);
        let cursor = Cursor::at(log, 2, 41);
        assert_eq!(cursor.to_string(), "00000000000000000000000000000abc.2:41");
        assert_eq!((cursor.log_id(), cursor.epoch(), cursor.next().get()), (Some(log), 2, 42));
        assert_eq!(Cursor::START.to_string(), "start");
        assert_eq!((Cursor::START.log_id(), Cursor::START.next()), (None, Seq::FIRST));
        let json = serde_json::to_string(&cursor).unwrap();
        assert_eq!(json, r#""00000000000000000000000000000abc.2:41""#);
        assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor);
    }

    #[test]
    fn a_text_that_is_no_cursor_is_refused() {
        let log = "00000000000000000000000000000abc";
        let good = format!("{log}.1:0");
        assert!(good.parse::<Cursor>().is_ok());
        for text in [
            "",
            "5",
            "START",
            "start ",
            ".1:0",
            &format!("{log}.1"),
            &format!("{log}:1.0"),
            &format!("{log}.1:-1"),
            &format!("{log}.+1:0"),
            &format!("{log}.01:0"),
            &format!("{log}.1:0 "),
            &format!("{log}.4294967296:0"),
            &format!("{log}.1:18446744073709551616"),
            "00000000-0000-0000-0000-000000000abc.1:0",
            "00000000000000000000000000000ABC.1:0",
            "00000000000000000000000000000000.0:0",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(ParseCursorError(())), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_cursor_is_read_back_from_its_text(
            log in any::<u128>(), epoch in any::<u32>(), position in any::<u64>(),
        ) {
            let cursor = Cursor::at(LogId(Uuid::from_u128(log)), epoch, position);
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }
}
