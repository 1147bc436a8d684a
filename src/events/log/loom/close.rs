//! A stream ends behind the last item, and nothing comes after the end.

use std::future::poll_fn;

use loom::future::block_on;
use loom::thread;

use crate::events::CloseReason;
use crate::events::log::loom::{
    Account, THREE_THREADS, TWO_THREADS, append, append_quietly, close, model, reader_at,
    record_gap, roomy,
};

/// Finds a reader that takes any close for the end, wherever it stands.
#[test]
fn what_was_appended_before_the_close_is_delivered() {
    model("append_then_close", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        let closer = thread::spawn(move || {
            append(&mut writer);
            close(&mut writer, CloseReason::Deleted);
            append(&mut writer)
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!((read.delivered, read.missed), (1, 0));
        assert_eq!(closer.join().unwrap(), None);
    });
}

/// Finds: a close that ends the log before a gap at its end; a second close that gives another
/// reason.
#[test]
fn a_gap_before_the_close_is_counted_and_the_first_reason_stays() {
    model("gap_then_close", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        let closer = thread::spawn(move || {
            append_quietly(&mut writer, 1);
            record_gap(&mut writer, 2);
            let first = close(&mut writer, CloseReason::Deleted);
            (first, close(&mut writer, CloseReason::Disconnected))
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!((read.delivered, read.missed), (1, 2));
        assert_eq!(closer.join().unwrap(), (true, false));
        assert_eq!(log.closed(), Some(&CloseReason::Deleted));
    });
}

/// Finds readers woken before the end is set, and only some of them.
#[test]
fn the_close_ends_readers_that_wait_and_those_that_come() {
    model("close_ends_all", THREE_THREADS, || {
        let (mut writer, log) = roomy();
        let waiting = thread::spawn({
            let mut reader = reader_at(&log, 0);
            move || block_on(poll_fn(|cx| reader.poll_closed(cx)))
        });
        let closer = thread::spawn(move || close(&mut writer, CloseReason::Deleted));
        Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!(waiting.join().unwrap(), CloseReason::Deleted);
        assert!(closer.join().unwrap());
    });
}
