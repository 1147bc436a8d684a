//! Logs and cursors that know each other: foreign, stale and future cursors, other beginnings.

use std::num::NonZeroU64;
use std::str::FromStr;

use copilot_sessions::events::{EventLog, EventLogWriter, Gap, Lineage, LogBounds};
use copilot_sessions::{CloseReason, Cursor, Seq, SessionId};
use futures::FutureExt;
use futures::stream::{FusedStream, StreamExt};

use crate::{account, append, draft, ready};

fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

/// The gap that a stream begins with, and the numbers of the events that are ready behind it.
fn gap_and_events(log: &EventLog, cursor: Cursor) -> (Gap, Vec<u64>) {
    let mut items = ready(&mut log.events_from(cursor)).into_iter();
    let gap = items.next().unwrap().unwrap_err();
    (gap, items.map(|item| item.unwrap().seq().get()).collect())
}

/// Two events in a log of its own.
fn two() -> (EventLogWriter, EventLog) {
    let mut writer = EventLogWriter::default();
    append(&mut writer, 1..=2);
    let log = writer.log().clone();
    (writer, log)
}

#[test]
fn a_cursor_in_the_future_is_answered_by_a_gap_and_goes_on_at_the_end() {
    let (mut writer, log) = two();
    let future = log.after(seq(7));
    let gap = Gap::Diverged { valid_to: Some(seq(2)), resume_at: seq(3) };
    assert_eq!(gap_and_events(&log, future), (gap, vec![]));
    let mut stream = log.events_from(future);
    append(&mut writer, 3..=3);
    assert_eq!(stream.next().now_or_never().unwrap().unwrap().unwrap_err(), gap);
    assert_eq!(stream.next().now_or_never().unwrap().unwrap().unwrap().seq(), seq(3));
    assert_eq!((gap.missed(), stream.cursor()), (0, log.end()));
}

#[test]
fn a_cursor_of_another_log_is_answered_by_a_gap_and_the_beginning() {
    let ((_one, log), (_other, other)) = (two(), two());
    let foreign = Gap::Foreign { resume_at: Seq::FIRST };
    for cursor in [other.end(), other.before(Seq::FIRST), other.after(seq(9))] {
        assert_eq!(gap_and_events(&log, cursor), (foreign, vec![1, 2]));
        let mut stream = log.events();
        stream.seek(cursor);
        assert_eq!(stream.clone().next_ready().unwrap().unwrap_err(), foreign);
        assert_eq!(ready(&mut stream).len(), 3);
    }
    // An event of the other log is told apart by its cursor, though its number is the same.
    let event = other.events().next_ready().unwrap().unwrap();
    assert_eq!((event.seq(), event.log_id()), (Seq::FIRST, Some(other.id())));
    assert_eq!(gap_and_events(&log, event.cursor()).0, foreign);
}

#[test]
fn a_stream_goes_on_at_a_stored_cursor_without_gap_or_repetition() {
    let (mut writer, log) = two();
    let first = log.events().next_ready().unwrap().unwrap();
    let stored = first.cursor().to_string();
    append(&mut writer, 3..=3);
    let mut stream = log.events_from(stored.parse().unwrap());
    let numbers: Vec<_> =
        ready(&mut stream).into_iter().map(|item| item.unwrap().seq().get()).collect();
    assert_eq!(numbers, [2, 3]);
}

#[test]
fn a_cursor_of_an_earlier_opening_is_valid_up_to_where_the_log_was_cut() {
    let (writer, log) = two();
    let lineage = log.lineage().clone().reopened_at(seq(2));
    let (one, two) = (log.after(seq(1)), log.after(seq(2)));
    drop((writer, log));
    let mut writer = EventLogWriter::with_lineage(LogBounds::default(), lineage);
    let log = writer.log().clone();
    assert_eq!((one.log_id(), one.epoch(), log.lineage().epoch()), (Some(log.id()), 1, 2));
    writer.append(draft(2)).unwrap();
    // Number 1 is not in memory, and right all the same.
    let items = ready(&mut log.events_from(one));
    assert_eq!(items.into_iter().map(|item| item.unwrap().seq()).collect::<Vec<_>>(), [seq(2)]);
    let gap = Gap::Diverged { valid_to: Some(seq(1)), resume_at: seq(2) };
    assert_eq!(gap_and_events(&log, two), (gap, vec![2]));
    let event = log.events_from(one).next_ready().unwrap().unwrap();
    assert_eq!((event.cursor().epoch(), event.cursor()), (2, log.end()));
}

#[test]
fn a_log_that_begins_later_says_how_many_events_lie_before_it() {
    let lineage = Lineage::beginning_at(seq(101));
    let mut writer = EventLogWriter::with_lineage(LogBounds::default(), lineage);
    let log = writer.log().clone();
    let missed = NonZeroU64::new(100).unwrap();
    let gap = Gap::NotLoaded { missed, resume_at: seq(101) };
    assert_eq!(gap_and_events(&log, Cursor::START), (gap, vec![]));
    append(&mut writer, 101..=103);
    assert_eq!(account(&ready(&mut log.events()), 103), [101, 102, 103]);
    assert_eq!(gap_and_events(&log, log.after(seq(40))).0.missed(), 60);
    let (snapshot, _) = log.snapshot_and_follow();
    assert_eq!(account(snapshot.items(), 103), [101, 102, 103]);
    assert_eq!(log.stats().published, 103);
}

#[test]
fn events_that_never_came_and_events_that_have_left_are_different_gaps() {
    let mut writer = EventLogWriter::new(LogBounds::default().max_events(4));
    let log = writer.log().clone();
    let mut early = log.events();
    append(&mut writer, 1..=1);
    writer.record_gap(Some(2));
    // Two that meet are one.
    writer.record_gap(Some(1));
    writer.record_gap(None);
    append(&mut writer, 6..=6);
    let items = ready(&mut early);
    let gaps: Vec<_> = items.iter().filter_map(|item| item.as_ref().err()).collect();
    let [Gap::Lost(counted), Gap::Lost(uncounted)] = gaps[..] else { panic!("{gaps:?}") };
    assert_eq!((counted.missed, counted.resume_at), (NonZeroU64::new(3), seq(5)));
    assert_eq!((uncounted.missed, uncounted.resume_at), (None, seq(6)));
    assert_eq!(account(&items, 6), [1, 6]);
    append(&mut writer, 7..=200);
    let items = ready(&mut log.events());
    let Some(Err(Gap::Lagged(lagged))) = items.first() else { panic!("{items:?}") };
    assert!(lagged.missed > 100);
    assert_eq!(account(&items, 200).last(), Some(&200));
}

#[test]
fn any_number_of_gaps_stays_within_the_bounds() {
    let bounds = LogBounds::default().max_bytes(64 * 1024);
    let mut writer = EventLogWriter::new(bounds);
    for _ in 0..10_000 {
        writer.record_gap(None);
    }
    let log = writer.log();
    assert!(log.stats().retained_bytes <= 64 * 1024);
    assert_eq!(account(&ready(&mut log.events()), 10_000), [0; 0]);
}

#[test]
fn the_largest_gaps_leave_room_for_events() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    for _ in 0..3 {
        writer.record_gap(Some(u64::MAX));
    }
    let number = writer.append(draft(1)).unwrap();
    let items = ready(&mut log.events());
    let [Err(gap), Ok(event)] = &items[..] else { panic!("{items:?}") };
    assert_eq!((gap.resume_at(), event.seq()), (number, number));
    let late = Lineage::beginning_at(seq(u64::MAX));
    let mut writer = EventLogWriter::with_lineage(LogBounds::default(), late);
    assert_eq!(writer.append(draft(1)).unwrap().get(), (1 << 63) + 1);
}

#[test]
fn a_stream_until_a_number_ends_behind_it_and_waits_for_what_is_not_there() {
    let (mut writer, log) = two();
    let mut until = log.events_until(seq(4));
    assert_eq!(account(&ready(&mut until), 2), [1, 2]);
    assert!(until.next().now_or_never().is_none());
    append(&mut writer, 3..=9);
    let numbers: Vec<_> = until
        .by_ref()
        .map(|item| item.unwrap().seq().get())
        .collect::<Vec<_>>()
        .now_or_never()
        .unwrap();
    assert_eq!(numbers, [3, 4]);
    assert!(until.is_terminated() && until.clone().next().now_or_never().unwrap().is_none());
    // A gap that reaches over it ends with it.
    writer.record_gap(Some(10));
    let items = ready(&mut log.events_until(seq(12)));
    assert_eq!(items.last().unwrap().as_ref().unwrap_err().missed(), 3);
    assert_eq!(account(&items, 12).last(), Some(&9));
    // The log may end before.
    writer.close(CloseReason::Disconnected);
    let end = log.events_until(seq(90)).count().now_or_never().unwrap();
    assert_eq!(end, 9 + 1);
}

#[test]
fn a_stream_is_terminated_when_it_has_delivered_its_last_item() {
    let (mut writer, log) = two();
    let mut stream = log.events();
    assert!(!stream.is_terminated());
    writer.close(CloseReason::Disconnected);
    assert!(!stream.is_terminated());
    assert_eq!(ready(&mut stream).len(), 2);
    assert!(stream.is_terminated());
    assert!(!log.events_from(two().1.end()).is_terminated(), "a gap is still to come");
}

#[test]
fn a_log_and_its_events_know_their_session() {
    let (writer, log) = two();
    let event = log.events().next_ready().unwrap().unwrap();
    assert_eq!((log.session_id(), event.session_id()), (None, None));
    let session = SessionId::from("s");
    assert!(writer.set_session_id(session.clone()));
    assert!(!writer.set_session_id(SessionId::from("t")));
    assert_eq!((log.session_id(), event.session_id()), (Some(&session), Some(&session)));
}

#[test]
fn a_stream_that_is_opened_at_the_cursor_of_another_delivers_the_same() {
    let (_writer, log) = two();
    let later = Cursor::from_str(&format!("{}.1:9", log.id())).unwrap();
    for cursor in [two().1.end(), later, log.after(Seq::FIRST), Cursor::START] {
        let mut stream = log.events_from(cursor);
        let mut moved = log.events();
        moved.seek(cursor);
        assert_eq!(stream.cursor(), moved.cursor());
        loop {
            let again = ready(&mut log.events_from(stream.cursor()));
            assert_eq!(format!("{again:?}"), format!("{:?}", ready(&mut stream.clone())));
            if stream.next_ready().is_none() {
                break;
            }
        }
    }
}
