//! Eviction, and the account of it.

use copilot_sessions::Event;
use copilot_sessions::events::{CloseReason, EventDraft, EventLogWriter, Gap, LogBounds};

use crate::{account, append, draft, ready};

#[test]
fn an_undersized_backlog_reports_lag_and_keeps_the_tail() {
    let mut writer =
        EventLogWriter::new(LogBounds::default().max_events(4).max_bytes(usize::MAX));
    let log = writer.log().clone();
    append(&mut writer, 1..=100);
    let items = ready(&mut log.events());
    assert_eq!(items.iter().filter(|item| item.is_err()).count(), 1);
    assert!(items[0].is_err());
    let delivered = account(&items, 100);
    assert!((4..=6).contains(&delivered.len()), "{delivered:?}");
    assert_eq!(delivered.last(), Some(&100));
}

#[test]
fn the_event_bound_keeps_at_least_as_many_and_at_most_a_segment_more() {
    for bound in [0, 1, 2, 31, 32, 33, 255, 256, 1000, 5000] {
        let mut writer =
            EventLogWriter::new(LogBounds::default().max_events(bound).max_bytes(usize::MAX));
        let log = writer.log().clone();
        for number in 1..=10_000 {
            writer.append_quietly(draft(number)).unwrap();
            let retained = log.stats().retained_events;
            assert!(retained >= bound.min(number), "{bound}: {retained}");
            assert!(retained <= bound + 256 + 1, "{bound}: {retained}");
        }
    }
}

#[test]
fn the_byte_bound_holds_for_events_of_every_size() {
    let bound = 64 * 1024;
    let mut writer =
        EventLogWriter::new(LogBounds::default().max_events(u64::MAX).max_bytes(bound));
    let log = writer.log().clone();
    for number in 1..=5_000_u64 {
        let filler = "x".repeat(usize::try_from(number * 37 % 4000).unwrap());
        let raw = format!(r#"{{"type":"k","id":"{number}","data":"{filler}"}}"#);
        writer.append(EventDraft::parse(&raw)).unwrap();
        let retained = log.stats().retained_bytes;
        assert!(retained <= bound + bound / 8 + 8192, "{retained}");
    }
    assert!(log.stats().retained_bytes > bound / 2);
    account(&ready(&mut log.events()), 5_000);
}

#[test]
fn an_event_over_the_byte_bound_is_kept_until_the_next_one() {
    let mut writer =
        EventLogWriter::new(LogBounds::default().max_events(u64::MAX).max_bytes(1024));
    let log = writer.log().clone();
    let raw = format!(r#"{{"type":"k","id":"1","data":"{}"}}"#, "x".repeat(100_000));
    writer.append(EventDraft::parse(&raw)).unwrap();
    assert_eq!(log.stats().retained_events, 1);
    append(&mut writer, 2..=2);
    assert_eq!(log.stats().retained_events, 1);
    assert_eq!(account(&ready(&mut log.events()), 2), [2]);
}

#[test]
fn lost_events_are_missed_by_every_reader() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=3);
    writer.record_gap(Some(5));
    let mut at_the_gap = log.events();
    assert_eq!(account(&ready(&mut at_the_gap), 8), [1, 2, 3]);
    append(&mut writer, 9..=10);
    assert_eq!(account(&ready(&mut log.events()), 10), [1, 2, 3, 9, 10]);
    assert_eq!(at_the_gap.next_ready().unwrap().unwrap().seq().get(), 9);
    let (snapshot, _) = log.snapshot_and_follow();
    assert_eq!((snapshot.missed(), snapshot.events().count()), (5, 5));
    // In their order, as a stream would give them.
    assert_eq!(account(snapshot.items(), 10), [1, 2, 3, 9, 10]);
}

#[test]
fn a_snapshot_that_missed_nothing_has_no_gap_and_one_that_did_counts_it() {
    let mut writer =
        EventLogWriter::new(LogBounds::default().max_events(1).max_bytes(usize::MAX));
    let log = writer.log().clone();
    append(&mut writer, 1..=1);
    assert_eq!(log.snapshot_and_follow().0.gaps().count(), 0);
    append(&mut writer, 2..=100);
    let (snapshot, _) = log.snapshot_and_follow();
    let gaps: Vec<_> = snapshot.gaps().collect();
    let [Gap::Lagged(gap)] = gaps[..] else { panic!("{gaps:?}") };
    assert_eq!(gap.missed, 100 - snapshot.events().count() as u64);
    assert_eq!(Some(gap.resume_at), snapshot.events().next().map(Event::seq));
}

#[test]
fn a_closed_log_takes_no_gap() {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    append(&mut writer, 1..=2);
    writer.close(CloseReason::Disconnected);
    writer.record_gap(Some(3));
    assert_eq!(log.stats().published, 2);
    assert_eq!(account(&ready(&mut log.events()), 2), [1, 2]);
}

#[test]
fn events_of_exactly_the_byte_bound_are_all_kept() {
    let weight = {
        let mut writer = EventLogWriter::default();
        let log = writer.log().clone();
        append(&mut writer, 1..=1);
        log.stats().retained_bytes
    };
    let mut writer =
        EventLogWriter::new(LogBounds::default().max_events(u64::MAX).max_bytes(weight * 8));
    let log = writer.log().clone();
    append(&mut writer, 1..=8);
    assert_eq!((log.stats().retained_events, log.stats().retained_bytes), (8, weight * 8));
    append(&mut writer, 9..=9);
    assert_eq!(log.stats().retained_events, 8);
}

#[test]
fn what_is_retained_behind_a_large_gap_is_found() {
    let mut writer =
        EventLogWriter::new(LogBounds::default().max_events(u64::MAX).max_bytes(usize::MAX));
    let log = writer.log().clone();
    for number in 0..32 {
        writer.append(draft(number)).unwrap();
    }
    writer.record_gap(Some(10_000));
    for number in 32..32 + 60 * 256 {
        writer.append(draft(number)).unwrap();
    }
    let mut events = log.events();
    let (mut delivered, mut missed) = (0, 0);
    while let Some(item) = events.next_ready() {
        match item {
            Ok(_) => delivered += 1,
            Err(gap) => missed += gap.missed(),
        }
    }
    assert_eq!((delivered, missed), (32 + 60 * 256, 10_000));
}
