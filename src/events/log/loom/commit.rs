//! A log whose items are published apart from being appended: by a thread that stores them first.

use std::task::Poll;

use loom::thread;

use crate::events::CloseReason;
use crate::events::log::LogBounds;
use crate::events::log::loom::{
    Account, Item, Log, TWO_THREADS, Writer, close, log_of, model, poll_once, reader_at, roomy,
    tight,
};
use crate::events::log::sync::Arc;

fn append_unpublished(writer: &mut Writer, item: u64) -> Option<u64> {
    writer.append_unpublished(1, Item::new(item))
}

/// Publishes what is appended up to `end`, as it comes.
fn commit_up_to(log: &Log, end: u64) {
    while log.published() < end {
        log.commit(log.appended());
        log.wakers.wake_all();
        thread::yield_now();
    }
}

/// Finds: a commit of a position whose slot is not set; a commit without `Release`.
#[test]
fn what_another_thread_commits_is_delivered() {
    model("commit", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        let appender = thread::spawn(move || {
            append_unpublished(&mut writer, 0);
            append_unpublished(&mut writer, 1);
            writer
        });
        let committer = |log: &Log| log.commit(log.appended());
        let mut reader = reader_at(&log, 0);
        let mut read = Account::from(0);
        committer(&log);
        while let Poll::Ready(Some(item)) = poll_once(&mut reader) {
            read.enter(item);
        }
        assert_eq!(read.delivered, log.published());
        let writer = appender.join().unwrap();
        committer(&log);
        read.read(&mut reader, 2 - read.delivered);
        assert_eq!((read.delivered, read.missed), (2, 0));
        drop(writer);
    });
}

/// Finds a reader that ends at the published length of a closed log.
#[test]
fn a_close_before_the_commit_ends_nobody_early() {
    model("close_then_commit", TWO_THREADS, || {
        let (mut writer, log) = roomy();
        append_unpublished(&mut writer, 0);
        close(&mut writer, CloseReason::Deleted);
        let committer = thread::spawn({
            let log = Arc::clone(&log);
            move || commit_up_to(&log, 1)
        });
        let read = Account::from(0).read_to_end(reader_at(&log, 0), &log);
        assert_eq!((read.delivered, read.missed), (1, 0));
        committer.join().unwrap();
    });
}

/// Finds an eviction of what is not published: its readers would miss what nobody ever saw.
#[test]
fn nothing_is_evicted_before_it_is_published() {
    model("evict_unpublished", TWO_THREADS, || {
        let (mut writer, log) = tight();
        let committer = thread::spawn({
            let log = Arc::clone(&log);
            move || commit_up_to(&log, 1)
        });
        append_unpublished(&mut writer, 0);
        append_unpublished(&mut writer, 1);
        append_unpublished(&mut writer, 2);
        let (segments, published) = log.snapshot();
        let kept = segments.first().map_or(0, |segment| segment.first());
        assert!(
            kept <= published,
            "{kept} is the first of what is kept, {published} published"
        );
        committer.join().unwrap();
    });
}

/// Finds an eviction that stays undone for good after it had to wait for a commit.
#[test]
fn what_could_not_be_evicted_is_evicted_later() {
    model("evict_later", TWO_THREADS, || {
        let (mut writer, log) =
            log_of(LogBounds::default().max_events(1).max_bytes(usize::MAX));
        (0..3).for_each(|item| _ = append_unpublished(&mut writer, item));
        assert_eq!(log.retained().items, 3);
        log.commit(3);
        append_unpublished(&mut writer, 3);
        assert_eq!(log.retained().items, 1);
    });
}
