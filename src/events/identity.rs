//! The identity of a log: what the log, its cursors and its events share.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::events::{Cursor, Gap, LogId, Seq};
use crate::ids::SessionId;

/// The identity of a log: its id, and the first number of each of its openings.
///
/// Every opening of a log for appending is an *epoch*. A log in memory has one. A stored log that
/// is opened again may have lost its last events, and then gives their numbers to others: so a cursor
/// of an earlier epoch that lies behind the beginning of the next one points to events that this log
/// does not have, and is answered by [`Gap::Diverged`].
///
/// ```
/// use copilot_sessions::events::{EventDraft, EventLogWriter, Gap, Lineage, LogBounds, Seq};
/// use futures::{StreamExt, executor::block_on};
///
/// let draft = || EventDraft::parse(r#"{"id":"1","type":"k"}"#);
/// let first = Lineage::new();
/// let mut writer = EventLogWriter::with_lineage(LogBounds::default(), first.clone());
/// writer.append(draft()).unwrap();
/// writer.append(draft()).unwrap();
/// let cursor = writer.log().end();
///
/// // After a crash, only the first event is left: number 2 is given out again.
/// let second = first.reopened_at(Seq::new(2).unwrap());
/// let mut writer = EventLogWriter::with_lineage(LogBounds::default(), second);
/// writer.append(draft()).unwrap();
/// let gap = block_on(writer.log().events_from(cursor).next()).unwrap().unwrap_err();
/// assert!(matches!(gap, Gap::Diverged { valid_to: Some(Seq::FIRST), .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    log: LogId,
    /// The first position of each epoch; at least one. Later ones may begin before earlier ones.
    epochs: Box<[u64]>,
}

impl Lineage {
    /// Of a new log that begins at number 1.
    pub fn new() -> Self {
        Self::beginning_at(Seq::FIRST)
    }

    /// Of a new log that begins at this number: the events before it lie elsewhere, and a reader
    /// that starts before it gets [`Gap::NotLoaded`]. Numbers above 2⁶³ count as 2⁶³.
    pub fn beginning_at(first: Seq) -> Self {
        Self { log: LogId::random(), epochs: Box::new([beginning(first)]) }
    }

    /// Of a log that is stored: its id, and the first number of each epoch in their order. `None`
    /// without an epoch, or with the nil id, which is no log's.
    pub fn stored(log: LogId, epochs: impl IntoIterator<Item = Seq>) -> Option<Self> {
        let epochs: Box<[_]> = epochs.into_iter().map(beginning).collect();
        (log != LogId::NONE && !epochs.is_empty()).then_some(Self { log, epochs })
    }

    /// Of the same log, opened once more, whose next event gets this number.
    #[must_use]
    pub fn reopened_at(mut self, first: Seq) -> Self {
        self.epochs = self.epochs.into_iter().chain([beginning(first)]).collect();
        self
    }

    /// The log's id.
    pub fn log_id(&self) -> LogId {
        self.log
    }

    /// The number of this opening, from 1.
    pub fn epoch(&self) -> u32 {
        u32::try_from(self.epochs.len()).unwrap_or(u32::MAX)
    }

    /// The first number of each epoch, in their order.
    pub fn epochs(&self) -> impl Iterator<Item = Seq> {
        self.epochs.iter().map(|position| Seq::at(*position))
    }

    /// The position of this epoch's first event.
    pub(super) fn first(&self) -> u64 {
        self.epochs.last().copied().unwrap_or_default()
    }

    /// Up to where the numbers of this epoch were never given out again, if the log has now
    /// appended up to `appended`.
    fn valid_to(&self, epoch: u32, appended: u64) -> u64 {
        let epoch = usize::try_from(epoch).unwrap_or(usize::MAX);
        // Epoch 1 is the first entry, so that the later ones begin at this index.
        let later = self.epochs.get(epoch..).unwrap_or_default();
        later.iter().copied().fold(appended, u64::min)
    }
}

/// The first position of an epoch, at most 2⁶³, so that numbers never run out.
fn beginning(first: Seq) -> u64 {
    first.position().min(1 << 63)
}

impl Default for Lineage {
    fn default() -> Self {
        Self::new()
    }
}

/// What a log's readers and its events share: which log, and whose.
#[derive(Debug)]
pub(super) struct Identity {
    lineage: Lineage,
    session: OnceLock<SessionId>,
    /// Events of the log of which something could not be read.
    unreadable: AtomicU64,
}

impl Identity {
    pub(super) fn new(lineage: Lineage) -> Self {
        Self { lineage, session: OnceLock::new(), unreadable: AtomicU64::new(0) }
    }

    pub(super) fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    pub(super) fn session(&self) -> Option<&SessionId> {
        self.session.get()
    }

    /// Says whose log it is; false if that was said before.
    pub(super) fn set_session(&self, session: SessionId) -> bool {
        self.session.set(session).is_ok()
    }

    pub(super) fn count_unreadable(&self) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    pub(super) fn cursor(&self, position: u64) -> Cursor {
        Cursor::at(self.lineage.log, self.lineage.epoch(), position)
    }

    /// Where a reader with this cursor begins, and what it must be told before, in a log that has
    /// `appended` this far.
    pub(super) fn place(&self, cursor: Cursor, appended: u64) -> (u64, Option<Gap>) {
        if cursor == Cursor::START {
            return (0, None);
        }
        if cursor.log_id() != Some(self.lineage.log) {
            return (0, Some(Gap::Foreign { resume_at: Seq::FIRST }));
        }
        let valid_to = match cursor.epoch() {
            // No opening has this number.
            0 => return (0, Some(Gap::Foreign { resume_at: Seq::FIRST })),
            epoch if epoch <= self.lineage.epoch() => self.lineage.valid_to(epoch, appended),
            // Of a later opening, which this one knows nothing of: what they have in common ends where
            // this one began at the latest.
            _ => self.lineage.first().min(appended),
        };
        if cursor.position() <= valid_to {
            return (cursor.position(), None);
        }
        let gap = Gap::Diverged { valid_to: Seq::new(valid_to), resume_at: Seq::at(valid_to) };
        (valid_to, Some(gap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(number: u64) -> Seq {
        Seq::new(number).unwrap()
    }

    /// Where a cursor of `epoch` behind number `position` is placed: where it was, or the last number
    /// up to which it was valid.
    fn place(
        identity: &Identity,
        epoch: u32,
        position: u64,
        appended: u64,
    ) -> Result<u64, u64> {
        let cursor = Cursor::at(identity.lineage().log_id(), epoch, position);
        match identity.place(cursor, appended) {
            (place, None) => Ok(place),
            (place, Some(Gap::Diverged { valid_to, resume_at })) => {
                assert_eq!((resume_at, valid_to), (Seq::at(place), Seq::new(place)));
                Err(place)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cursor_is_valid_up_to_where_a_later_epoch_gave_its_numbers_out_again() {
        // The second opening had lost numbers from 6 on, the third one from 4 on.
        let lineage = Lineage::new().reopened_at(seq(6)).reopened_at(seq(4));
        assert_eq!((lineage.epoch(), lineage.first()), (3, 3));
        let identity = Identity::new(lineage);
        for epoch in [1, 2] {
            assert_eq!(place(&identity, epoch, 3, 10), Ok(3));
            assert_eq!(place(&identity, epoch, 4, 10), Err(3));
            assert_eq!(place(&identity, epoch, 9, 10), Err(3));
        }
        assert_eq!(place(&identity, 3, 10, 10), Ok(10));
        // The future, of this opening and of a later one that this log knows nothing of.
        assert_eq!(place(&identity, 3, 11, 10), Err(10));
        assert_eq!(place(&identity, 4, 4, 10), Err(3));
        assert_eq!(place(&identity, 4, 3, 10), Ok(3));
        let epoch_0 = Cursor::at(identity.lineage().log_id(), 0, 1);
        assert!(matches!(identity.place(epoch_0, 10), (0, Some(Gap::Foreign { .. }))));
        assert_eq!(place(&identity, 1, 1, 0), Err(0));
    }

    #[test]
    fn a_cursor_of_another_log_is_foreign_and_the_start_is_everywhere() {
        let (identity, other) = (Identity::new(Lineage::new()), Identity::new(Lineage::new()));
        assert_ne!(identity.lineage().log_id(), other.lineage().log_id());
        let foreign = Some(Gap::Foreign { resume_at: Seq::FIRST });
        for cursor in [other.cursor(0), other.cursor(3), Cursor::at(LogId::NONE, 0, 3)] {
            assert_eq!(identity.place(cursor, 10), (0, foreign));
        }
        assert_eq!(identity.place(Cursor::START, 10), (0, None));
    }

    #[test]
    fn a_stored_lineage_is_that_of_the_log_that_was_opened() {
        let lineage = Lineage::beginning_at(seq(5)).reopened_at(seq(9));
        let stored = Lineage::stored(lineage.log_id(), lineage.epochs());
        assert_eq!(stored, Some(lineage));
        assert_eq!(Lineage::stored(LogId::random(), []), None);
        assert_eq!(Lineage::stored(LogId::NONE, [Seq::FIRST]), None);
    }
}
