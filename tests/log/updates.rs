//! `updates`: an event stream that says when it has caught up, fallen behind and ended.

use std::pin::pin;

use copilot_sessions::events::{CloseReason, EventLogWriter, LogBounds, Update, Updates};
use copilot_sessions::{Cursor, Seq};
use futures::FutureExt;
use futures::stream::{FusedStream, StreamExt};

use crate::append;

/// What is ready now, in short: numbers of events, and words.
fn ready(updates: &mut Updates) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(Some(update)) = updates.next().now_or_never() {
        found.push(match update {
            Update::Event(event) => event.seq().to_string(),
            Update::Gap(gap) => format!("gap {}", gap.missed()),
            Update::CaughtUp => "caught up".to_owned(),
            Update::FellBehind { unread } => format!("behind {unread}"),
            Update::Closed(reason) => format!("{reason:?}"),
            other => panic!("{other:?}"),
        });
    }
    found
}

#[test]
fn catching_up_is_told_once_behind_the_replay() {
    let mut writer = EventLogWriter::default();
    append(&mut writer, 1..=2);
    let mut updates = writer.log().events().updates();
    assert_eq!(ready(&mut updates), ["1", "2", "caught up"]);
    assert_eq!(ready(&mut updates), [""; 0]);
    append(&mut writer, 3..=4);
    assert_eq!(ready(&mut updates), ["3", "4"]);
    // A late one has a replay of its own, and an empty one has caught up at once.
    assert_eq!(ready(&mut writer.log().events().updates()), ["1", "2", "3", "4", "caught up"]);
    let mut live = writer.log().events_from(writer.log().end()).updates();
    assert_eq!(ready(&mut live), ["caught up"]);
}

#[test]
fn falling_behind_is_told_and_so_is_catching_up_again() {
    let mut writer = EventLogWriter::default();
    let mut updates = writer.log().events().updates();
    assert_eq!(ready(&mut updates), ["caught up"]);
    append(&mut writer, 1..=1024);
    assert_eq!(ready(&mut updates).first().unwrap(), "1");
    append(&mut writer, 1025..=2049);
    let told = ready(&mut updates);
    assert_eq!((told[0].as_str(), told[1].as_str()), ("behind 1025", "1025"));
    assert_eq!(told[1026..], ["caught up"]);
}

#[test]
fn the_end_is_the_last_item_behind_everything_that_was_received() {
    let mut writer = EventLogWriter::default();
    let mut early = writer.log().events().updates();
    assert_eq!(ready(&mut early), ["caught up"]);
    append(&mut writer, 1..=1);
    writer.record_gap(Some(2));
    writer.close(CloseReason::Deleted);
    assert_eq!(ready(&mut early), ["1", "gap 2", "Deleted"]);
    let mut late = writer.log().events().updates();
    assert_eq!(ready(&mut late), ["1", "gap 2", "caught up", "Deleted"]);
    assert!(late.is_terminated() && early.is_terminated());
    // A stream that is cut before the end of an open log just ends.
    let mut writer = EventLogWriter::default();
    append(&mut writer, 1..=3);
    let mut cut = writer.log().events_until(Seq::FIRST).updates();
    assert_eq!(ready(&mut cut), ["1", "caught up"]);
    assert!(cut.is_terminated());
}

#[test]
fn a_task_that_has_used_up_its_budget_has_not_caught_up() {
    let bounds = LogBounds::default().max_events(u64::MAX).max_bytes(usize::MAX);
    let mut writer = EventLogWriter::new(bounds);
    append(&mut writer, 1..=20_000);
    let updates = writer.log().events_from(Cursor::START).updates();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let seen = runtime.block_on(async {
        let mut updates = pin!(updates);
        let mut events = 0;
        loop {
            match updates.next().await {
                Some(Update::Event(_)) => events += 1,
                Some(Update::CaughtUp) => break events,
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(seen, 20_000);
}
