//! Whoever waits is woken.

use std::future::poll_fn;

use loom::future::block_on;
use loom::thread;

use crate::events::CloseReason;
use crate::events::log::loom::{
    Account, THREE_THREADS, TWO_THREADS, Writer, append, append_quietly, close, model, next,
    poll_once, reader_at, record_gap, roomy,
};

/// Finds: either fence of `Wakers` left out; no second look after registering; a position
/// published before its slot is set, or without `Release`.
#[test]
fn an_append_wakes_a_reader_that_waits() {
    model("append_wakes", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        let mut reader = reader_at(&log, 0);
        let appender = thread::spawn(move || append(&mut writer));
        Account::from(0).read(&mut reader, 1);
        assert_eq!(appender.join().unwrap(), Some(0));
    });
}

/// Finds what `append_wakes` does, and a registration that keeps the first waker it got.
#[test]
fn one_wake_is_enough_for_a_batch() {
    model("batch_wakes", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        let mut reader = reader_at(&log, 0);
        let appender = thread::spawn(move || {
            append_quietly(&mut writer, 1);
            append_quietly(&mut writer, 1);
            writer.core().wakers.wake_all();
        });
        Account::from(0).read(&mut reader, 2);
        appender.join().unwrap();
    });
}

/// Finds: either fence of `Wakers` left out; no second look after registering.
#[test]
fn a_gap_wakes_a_reader_that_waits() {
    model("gap_wakes", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        let mut reader = reader_at(&log, 0);
        let gapper = thread::spawn(move || record_gap(&mut writer, 2));
        let gap = block_on(next(&mut reader)).unwrap().unwrap_err();
        assert_eq!((gap.missed(), gap.resume_at().get()), (2, 3));
        gapper.join().unwrap();
    });
}

/// Finds what `append_wakes` does, and a reader that leaves its waker behind when dropped.
#[test]
fn two_readers_are_both_woken() {
    model("two_readers", THREE_THREADS, || {
        let (mut writer, log) = roomy();
        let readers = [reader_at(&log, 0), reader_at(&log, 0)];
        let readers = readers
            .map(|mut reader| thread::spawn(move || Account::from(0).read(&mut reader, 1)));
        append(&mut writer);
        for reader in readers {
            reader.join().unwrap();
        }
        assert_eq!(log.wakers.len(), 0);
    });
}

/// Finds a registration that does not compare epochs, and so overwrites the waker of a
/// reader that has the same key since.
#[test]
fn a_reader_that_waits_again_takes_nobodys_place() {
    model("wait_again", THREE_THREADS, || {
        let (mut writer, log) = roomy();
        let (mut first, mut second) = (reader_at(&log, 0), reader_at(&log, 1));
        assert!(poll_once(&mut first).is_pending());
        append(&mut writer);
        // From here on, the place of the first reader in the list may be another's.
        let appender = thread::spawn(move || append(&mut writer));
        let other = thread::spawn(move || Account::from(1).read(&mut second, 1));
        Account::from(0).read(&mut first, 2);
        other.join().unwrap();
        appender.join().unwrap();
    });
}

/// Finds: a removal that does not compare epochs, and so removes the waker of a reader that
/// has the same key since; no removal at all.
#[test]
fn a_reader_that_goes_away_takes_nobodys_wake() {
    model("drop_while_waiting", THREE_THREADS, || {
        let (mut writer, log) = roomy();
        let (mut leaver, mut stayer) = (reader_at(&log, 0), reader_at(&log, 0));
        assert!(poll_once(&mut leaver).is_pending());
        let appender = append_twice(writer);
        let stayer = thread::spawn(move || Account::from(0).read(&mut stayer, 2));
        drop(leaver);
        stayer.join().unwrap();
        appender.join().unwrap();
        assert_eq!(log.wakers.len(), 0);
    });
}

/// Finds a registration that keeps the first waker it got.
#[test]
fn a_reader_that_moves_to_another_task_is_woken_there() {
    model("new_waker", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        let mut reader = reader_at(&log, 0);
        // Waits with a waker that wakes nobody who still waits, then with another.
        assert!(poll_once(&mut reader).is_pending());
        let appender = append_twice(writer);
        Account::from(0).read(&mut reader, 2);
        appender.join().unwrap();
        drop(reader);
        assert_eq!(log.wakers.len(), 0);
    });
}

/// Finds: readers woken before the reason is set; a wait that skips an item and then
/// sleeps, though it is not registered.
#[test]
fn the_close_wakes_readers_that_wait_only_for_it() {
    model("wait_for_close", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        let mut reader = reader_at(&log, 0);
        let closer = thread::spawn(move || {
            append(&mut writer);
            close(&mut writer, CloseReason::Deleted)
        });
        let reason = block_on(poll_fn(|cx| reader.poll_closed(cx)));
        assert_eq!(reason, CloseReason::Deleted);
        assert!(closer.join().unwrap());
    });
}

fn append_twice(mut writer: Writer) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        append(&mut writer);
        append(&mut writer);
    })
}
