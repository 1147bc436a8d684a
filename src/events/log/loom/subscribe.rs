//! A reader gets everything, wherever and whenever it starts.

use std::future::poll_fn;

use loom::future::block_on;
use loom::thread;

use crate::events::CloseReason;
use crate::events::log::loom::{
    Account, THREE_THREADS, TWO_THREADS, Writer, append, close, model, reader_at, roomy,
};
use crate::events::log::sync::Arc;

/// Appends two items and closes the log.
fn publish(mut writer: Writer) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        append(&mut writer);
        append(&mut writer);
        close(&mut writer, CloseReason::Deleted);
    })
}

/// Finds: a segment listed after its first item was published; a position published before
/// its slot is set, or without `Release`; `closed` read after the second look.
#[test]
fn replay_and_live_meet_without_a_gap() {
    model("subscribe", TWO_THREADS, || {
        let (writer, log) = roomy();
        let publisher = publish(writer);
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!((read.delivered, read.missed), (2, 0));
        publisher.join().unwrap();
    });
}

/// Finds what `subscribe` does.
#[test]
fn a_live_reader_gets_all_that_follows() {
    model("subscribe_live", TWO_THREADS, || {
        let (writer, log) = roomy();
        let publisher = publish(writer);
        let live = log.published();
        let read = Account::from(live).read_to_end(reader_at(&log, live), &log);
        assert_eq!((read.delivered, read.missed), (2 - live, 0));
        publisher.join().unwrap();
    });
}

/// Finds what `subscribe` does.
#[test]
fn a_snapshot_and_what_follows_it_are_everything() {
    model("snapshot", TWO_THREADS, || {
        let (writer, log) = roomy();
        let publisher = publish(writer);
        let (items, end) = log.contents();
        assert_eq!(items.len() as u64, end);
        let mut account = Account::from(0);
        for item in items {
            account.enter(item);
        }
        let read = account.read_to_end(reader_at(&log, end), &log);
        assert_eq!((read.delivered, read.missed), (2, 0));
        publisher.join().unwrap();
    });
}

#[test]
fn a_clone_goes_on_from_the_same_place() {
    model("clone", THREE_THREADS, || {
        let (mut writer, log) = roomy();
        append(&mut writer);
        let mut reader = reader_at(&log, 0);
        assert!(reader.next_ready().is_some());
        let publisher = thread::spawn(move || {
            append(&mut writer);
            close(&mut writer, CloseReason::Deleted);
        });
        let copy = reader.clone();
        let other = thread::spawn({
            let log = Arc::clone(&log);
            move || Account::from(1).read_to_end(copy, &log)
        });
        let read = Account::from(1).read_to_end(reader, &log);
        assert_eq!((read.delivered, read.missed), (1, 0));
        assert_eq!(read, other.join().unwrap());
        publisher.join().unwrap();
    });
}

/// Finds what `subscribe` does.
#[test]
fn a_batch_has_only_written_slots() {
    model("runs", TWO_THREADS, || {
        let (writer, log) = roomy();
        let publisher = publish(writer);
        let mut reader = reader_at(&log, 0);
        let mut account = Account::from(0);
        while let Some(run) = block_on(poll_fn(|cx| reader.poll_next_batch(cx))) {
            let (segment, range) = run.unwrap();
            assert!(!range.is_empty());
            for slot in segment.range(range.start, range.end) {
                account.enter(Ok(Arc::clone(slot.get().expect("published"))));
            }
            assert_eq!(account.position, range.end);
        }
        assert_eq!(account.delivered, 2);
        publisher.join().unwrap();
    });
}
