//! Reading stored events: JSON lines, of which every readable event is kept.

use std::fmt;

use memchr::{memchr, memchr_iter};
use serde_json::value::RawValue;

use crate::events::reading::EventDraft;
use crate::events::{CloseReason, EventLog, EventLogWriter, LogBounds, Origin};

/// Reads stored events, one JSON object after another: an iterator of drafts, or of what can't be
/// read.
///
/// - Events are usually one a line. Two on one line are two events, and one over several lines is
///   one. Empty lines are passed over.
/// - What can't be read costs no other event: it is a [`LineError`] with its bytes, and reading goes
///   on with the next line. So a line that was torn by a crash, or a tail of zeros, is reported.
/// - An event whose payload is no JSON, which a runtime sent so, is read as it was received, if it
///   stands on a line by itself. A JSON value that is no object is an event with a
///   [`problem`](EventDraft::problem).
/// - The events have the origin [`History`](Origin::History).
/// - Before a program appends to a file that may be torn, it should end it with a line break: else its
///   first new event is on the torn line, and lost with it.
///
/// ```
/// use copilot_sessions::events::EventLines;
///
/// let file = b"{\"id\":\"1\"}{\"id\":\"2\"}\n{\"id\":\"3\",\"ty\n{\"id\":\"4\"}\n";
/// let mut read = EventLines::new(file);
/// let ids: Vec<_> =
///     read.map(|line| line.map(|draft| draft.id().to_owned()).map_err(|error| error.line())).collect();
/// assert_eq!(ids, [Ok("1".to_owned()), Ok("2".to_owned()), Err(2), Ok("4".to_owned())]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless consumed"]
pub struct EventLines<'a> {
    rest: &'a [u8],
    line: u64,
    /// A value that began earlier has no end: from here on, none is read over several lines. Each line
    /// would be read to the end of the file otherwise.
    is_open: bool,
}

impl<'a> EventLines<'a> {
    /// Reads from the contents of a file.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, line: 1, is_open: false }
    }

    /// Passes over this many bytes and returns them.
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, b""));
        self.line += memchr_iter(b'\n', taken).count() as u64;
        self.rest = rest;
        taken
    }

    /// The rest of this line, which does not begin with JSON.
    fn line(&mut self) -> Result<EventDraft, LineError> {
        let number = self.line;
        let length = self.rest.iter().position(|byte| *byte == b'\n');
        let bytes = self.take(length.unwrap_or(self.rest.len()));
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        match str::from_utf8(bytes).map(EventDraft::parse) {
            Ok(draft) if draft.problem().is_none() => Ok(draft),
            _ => Err(LineError { line: number, bytes: bytes.into() }),
        }
    }
}

impl Iterator for EventLines<'_> {
    type Item = Result<EventDraft, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Files that were put together have more than one mark of the byte order.
        loop {
            let space = self.rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.take(space);
            match self.rest.strip_prefix(b"\xef\xbb\xbf") {
                Some(rest) => self.rest = rest,
                None => break,
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        let length = if self.is_open { memchr(b'\n', self.rest) } else { None };
        let text = self.rest.get(..length.unwrap_or(self.rest.len())).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<&RawValue>();
        let read = match values.next() {
            Some(Ok(value)) => {
                let length = values.byte_offset();
                self.take(length);
                Ok(EventDraft::parse(value.get()))
            }
            outcome => {
                self.is_open |=
                    outcome.is_some_and(|error| error.is_err_and(|error| error.is_eof()));
                self.line()
            }
        };
        Some(read.map(|draft| draft.with_origin(Origin::History)))
    }
}

/// Text between stored events that is no event, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    line: u64,
    bytes: Box<[u8]>,
}

impl LineError {
    /// The number of the line, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What could not be read, up to the end of the line.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, bytes } = self;
        write!(f, "line {line} has {} bytes that are no event", bytes.len())
    }
}

impl std::error::Error for LineError {}

impl EventLog {
    /// A log of stored events, as [`EventLines`] reads them, all retained and closed with
    /// [`CloseReason::Complete`]; and what could not be read. In the place of each such part the log has
    /// a gap of unknown length, [`Lost`](crate::events::Lost). The log is a new one, numbered from 1, and
    /// no session's.
    ///
    /// [`Event::raw`](crate::events::Event::raw) and serde write an event for this.
    ///
    /// ```
    /// use copilot_sessions::events::{EventDraft, EventLog};
    /// use futures::{StreamExt, executor::block_on};
    ///
    /// let draft = EventDraft::parse(r#"{"id":"1","type":"session.idle"}"#);
    /// let log = EventLog::from_events([draft]);
    /// let mut file = Vec::new();
    /// for item in log.snapshot_and_follow().0 {
    ///     file.extend(item?.raw().bytes().chain([b'\n']));
    /// }
    ///
    /// let (again, errors) = EventLog::from_lines(&file);
    /// assert!(errors.is_empty());
    /// let event = block_on(again.events().next()).unwrap()?;
    /// assert_eq!(event.kind(), "session.idle");
    /// # Ok::<_, copilot_sessions::events::Gap>(())
    /// ```
    pub fn from_lines(bytes: &[u8]) -> (Self, Vec<LineError>) {
        let mut writer = EventLogWriter::new(LogBounds::UNBOUNDED);
        let mut errors = Vec::new();
        for line in EventLines::new(bytes) {
            match line {
                // Refused by closed logs only.
                Ok(draft) => {
                    let _ = writer.append_quietly(draft);
                }
                Err(error) => {
                    writer.record_gap_quietly(None);
                    errors.push(error);
                }
            }
        }
        writer.close(CloseReason::Complete);
        (writer.log().clone(), errors)
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::executor::block_on;

    use super::*;

    /// Ids of the events, and lines with bytes of what is none.
    fn read(file: &[u8]) -> Vec<Read> {
        EventLines::new(file)
            .map(|line| match line {
                Ok(draft) => Ok(draft.id().to_owned()),
                Err(error) => {
                    Err((error.line(), String::from_utf8_lossy(error.bytes()).into_owned()))
                }
            })
            .collect()
    }

    type Read = Result<String, (u64, String)>;

    fn all(ids: &[&str]) -> Vec<Read> {
        ids.iter().map(|id| Ok((*id).to_owned())).collect()
    }

    #[test]
    fn every_event_of_a_file_is_read_however_it_is_written() {
        let file = "\u{feff}{\"id\":\"1\"}\r\n\n{\"id\":\"2\"}{\"id\":\"3\"} \n{\n \"id\":\n\"4\"\n}\n\
                    {\"id\":\"5\",\"data\":\"\u{2028}\"}";
        assert_eq!(read(file.as_bytes()), all(&["1", "2", "3", "4", "5"]));
        let joined = "\u{feff}\u{feff}{\"id\":\"1\"}\n\u{feff}\r\n{\"id\":\"2\"}\u{feff}{\"id\":\"3\"}\n";
        assert_eq!(read(joined.as_bytes()), all(&["1", "2", "3"]));
        assert!(read(b"").is_empty());
        assert!(read(b" \n\n").is_empty());
    }

    #[test]
    fn what_can_not_be_read_costs_no_other_event() {
        let file = b"{\"id\":\"1\"}\n{\"id\":\"2\",\"da\n{\"id\":\"3\",\n{\"id\":\"4\"}{\"id\n\xff\xff\n{\"id\":\"5\"}\n\0\0\0";
        let bad = |line, text: &str| Err((line, text.to_owned()));
        assert_eq!(
            read(file),
            [
                Ok("1".to_owned()),
                bad(2, "{\"id\":\"2\",\"da"),
                bad(3, "{\"id\":\"3\","),
                Ok("4".to_owned()),
                bad(4, "{\"id"),
                bad(5, "\u{fffd}\u{fffd}"),
                Ok("5".to_owned()),
                bad(7, "\0\0\0"),
            ]
        );
    }

    #[test]
    fn an_event_with_a_payload_that_is_no_json_is_read_as_it_was_received() {
        let event = r#"{"id":"1","type":"k","data":{"n":NaN}}"#;
        let file = format!("{event}\n{{\"id\":\"2\"}}\n");
        assert_eq!(read(file.as_bytes()), all(&["1", "2"]));
        let (log, errors) = EventLog::from_lines(file.as_bytes());
        assert_eq!(errors, []);
        let first = block_on(log.events().next()).unwrap().unwrap();
        assert_eq!((first.raw(), first.origin()), (event, Origin::History));
    }

    #[test]
    fn a_line_that_is_no_event_is_a_gap_in_the_log() {
        let (log, errors) = EventLog::from_lines(b"{\"id\":\"1\"}\ntorn\n{\"id\":\"2\"}\n");
        assert_eq!(errors[0].to_string(), "line 2 has 4 bytes that are no event");
        let items: Vec<_> = block_on(log.events().collect());
        let [Ok(_), Err(gap), Ok(second)] = &items[..] else { panic!("{items:?}") };
        assert_eq!((gap.missed(), second.seq().get()), (1, 3));
    }
}
