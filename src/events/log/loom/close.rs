//! A stream ends behind the last item, and nothing comes after the end.

use loom::thread;

use crate::events::CloseReason;
use crate::events::log::loom::{
    Account, THREE_THREADS, TWO_THREADS, append, model, reader_at, roomy,
};
use crate::events::log::sync::Arc;

/// Finds `closed` read after the second look.
#[test]
fn what_was_appended_before_the_close_is_delivered() {
    model("append_then_close", TWO_THREADS, || {
        let log = roomy();
        let closer = thread::spawn({
            let log = Arc::clone(&log);
            move || {
                append(&log);
                log.close(CloseReason::Deleted);
                append(&log)
            }
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!((read.delivered, read.missed), (1, 0));
        assert_eq!(closer.join().unwrap(), None);
    });
}

/// Finds: an append that checks for the close before it has the writer's lock; a close that
/// does without the lock.
#[test]
fn an_append_beside_the_close_is_delivered_or_refused() {
    model("append_beside_close", THREE_THREADS, || {
        let log = roomy();
        let appender = thread::spawn({
            let log = Arc::clone(&log);
            move || append(&log)
        });
        let closer = thread::spawn({
            let log = Arc::clone(&log);
            move || log.close(CloseReason::Deleted)
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        let position = appender.join().unwrap();
        assert!(closer.join().unwrap());
        assert_eq!(read.delivered, u64::from(position.is_some()));
        assert_eq!(log.published(), read.delivered);
    });
}

/// Finds readers woken before the reason is set.
#[test]
fn the_first_close_gives_the_reason() {
    model("two_closes", THREE_THREADS, || {
        let log = roomy();
        let reader = reader_at(&log, 0);
        let closers = [CloseReason::Deleted, CloseReason::Disconnected].map(|reason| {
            let log = Arc::clone(&log);
            thread::spawn(move || (log.close(reason.clone()), reason))
        });
        Account::from(0).read_to_end(reader, &log);
        let seen = log.closed().cloned();
        let firsts: Vec<_> = closers
            .into_iter()
            .map(|closer| closer.join().unwrap())
            .filter_map(|(first, reason)| first.then_some(reason))
            .collect();
        assert_eq!(firsts, Vec::from_iter(seen));
    });
}
