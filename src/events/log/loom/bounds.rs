//! Delivered plus missed is published, whatever leaves the log meanwhile.

use loom::thread;

use crate::events::CloseReason;
use crate::events::log::LogBounds;
use crate::events::log::loom::{
    Account, TWO_THREADS, append, append_quietly, close, log_of, model, reader_at, record_gap,
    tight,
};

/// Finds a look that sends an overtaken reader to the published length, past what is kept.
#[test]
fn eviction_before_a_reader_is_counted() {
    model("evict", TWO_THREADS, || {
        let (mut writer, log) = tight();
        let appender = thread::spawn({
            move || {
                (0..3).for_each(|_| _ = append(&mut writer));
                close(&mut writer, CloseReason::Deleted);
            }
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!(read.delivered + read.missed, 3);
        assert!(read.delivered >= 1, "the newest is kept");
        appender.join().unwrap();
        assert_eq!(log.retained().items, 1);
    });
}

/// Finds an eviction that takes the last segment too.
#[test]
fn a_slow_reader_finishes_the_segment_it_holds() {
    model("evict_held", TWO_THREADS, || {
        // Two slots a segment; the heavy item is too much for the log even alone.
        let (mut writer, log) = log_of(LogBounds::default().max_events(8).max_bytes(16));
        append_quietly(&mut writer, 1);
        let mut reader = reader_at(&log, 0);
        let mut account = Account::from(0);
        account.enter(reader.next_ready().unwrap());
        let appender = thread::spawn({
            move || {
                append_quietly(&mut writer, 1);
                append_quietly(&mut writer, 17);
                close(&mut writer, CloseReason::Deleted);
            }
        });
        let read = account.read_to_end(reader, &log);
        assert_eq!((read.delivered, read.missed), (3, 0));
        appender.join().unwrap();
        assert_eq!(log.retained().items, 1);
    });
}

/// Finds a segment that is left before it is full without being sealed.
#[test]
fn a_reader_follows_a_segment_that_is_sealed_early() {
    model("seal_early", TWO_THREADS, || {
        // Two slots a segment, of which an item of this weight leaves one empty.
        let (mut writer, log) = log_of(LogBounds::default().max_events(8).max_bytes(16));
        let appender = thread::spawn({
            move || {
                append_quietly(&mut writer, 2);
                append(&mut writer);
                close(&mut writer, CloseReason::Deleted);
            }
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!((read.delivered, read.missed), (2, 0));
        appender.join().unwrap();
    });
}

/// Finds: a segment that is not sealed before a gap, or only after the gap was published; a
/// reader that loads the end of its segment before the published length.
#[test]
fn a_gap_is_counted_once() {
    model("gap", TWO_THREADS, || {
        let (mut writer, log) = super::roomy();
        let appender = thread::spawn({
            move || {
                append(&mut writer);
                record_gap(&mut writer, 2);
                append(&mut writer);
                close(&mut writer, CloseReason::Deleted);
            }
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!((read.delivered, read.missed), (2, 2));
        appender.join().unwrap();
    });
}

/// Finds a snapshot that reads the published length before it has the directory's lock.
#[test]
fn a_snapshot_misses_what_was_evicted_and_no_more() {
    model("evict_snapshot", TWO_THREADS, || {
        let (mut writer, log) = tight();
        append(&mut writer);
        let appender = thread::spawn({
            move || {
                append(&mut writer);
                append(&mut writer);
            }
        });
        let (items, end) = log.contents();
        assert!(!items.is_empty());
        let mut account = Account::from(0);
        for item in items {
            account.enter(item);
        }
        assert_eq!(account.position, end);
        appender.join().unwrap();
    });
}

/// Finds: the length published before the hole has grown; a hole that grows after it was read in part.
#[test]
fn a_gap_that_grows_is_counted_once() {
    model("gap_grows", TWO_THREADS, || {
        let (mut writer, log) = super::roomy();
        let appender = thread::spawn({
            move || {
                record_gap(&mut writer, 1);
                record_gap(&mut writer, 2);
                append(&mut writer);
                close(&mut writer, CloseReason::Deleted);
            }
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!((read.delivered, read.missed), (1, 3));
        appender.join().unwrap();
    });
}
