//! Readers of every kind, on logs with room and without: each account balances.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use copilot_sessions::events::Lost;
use copilot_sessions::{
    ClientOptions, Cursor, ErrorKind, EventStream, EventStreamExt, Gap, LogBounds, Seq,
    SessionHandle, Update,
};
use futures::{FutureExt, StreamExt};
use tokio::task::coop;

use crate::account::{Books, Pace, Reading};
use crate::peer::Wire;
use crate::{cloud, connected, resumed, with_session};

fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

/// A log with room, and logs with less and less of it.
fn bounds() -> [LogBounds; 5] {
    [
        LogBounds::default(),
        LogBounds::default().max_events(256),
        LogBounds::default().max_events(5),
        LogBounds::default().max_events(0),
        LogBounds::default().max_bytes(0),
    ]
}

/// Readers that begin when the log has some events, of every kind; with the number at which each ends.
fn readers(session: &SessionHandle, appended: u64) -> Vec<(Reading, EventStream, u64)> {
    const OPEN: u64 = u64::MAX;
    let log = session.log();
    let mut readers = Vec::new();
    let mut add = |events: EventStream, end| {
        readers.push((Reading::begin(&events), events, end));
    };
    add(session.events(), OPEN);
    add(session.live_events(), OPEN);
    for number in [1, 2, appended / 2, appended - 1, appended] {
        add(session.events_from(log.after(seq(number))), OPEN);
        add(session.events_from(log.before(seq(number))), OPEN);
        let text = log.after(seq(number)).to_string();
        add(session.events_from(text.parse().unwrap()), OPEN);
        add(session.events_until(seq(number)), number);
        add(session.live_events().until(seq(number)), number.max(appended));
    }
    // One that ends in what is still to come, and one far behind the end.
    add(session.events_until(seq(appended + 7)), appended + 7);
    add(session.events_until(seq(u64::MAX)), OPEN);
    // A stream that has read something, its clone, and one that was moved.
    let mut moved = session.events();
    let mut reading = Reading::begin(&moved);
    reading.ready(&mut moved, 3);
    readers.push((reading.clone(), moved.clone(), OPEN));
    readers.push((reading, moved.clone(), OPEN));
    moved.seek(log.after(seq(appended - 2)));
    readers.push((Reading::begin(&moved), moved, OPEN));
    // What is there now, and what follows.
    let (snapshot, follow) = session.snapshot_and_follow();
    let mut reading = Reading::default();
    let missed = snapshot.missed();
    for item in snapshot {
        reading.take(&item);
    }
    reading.check(appended);
    assert_eq!(reading.missed, missed);
    readers.push((reading, follow, OPEN));
    // Cursors that are not of this log, or not yet.
    for position in [appended + 1, appended + 1000, u64::MAX] {
        let future = format!("{}.1:{position}", log.id()).parse().unwrap();
        let events = session.events_from(future);
        assert!(matches!(
            events.clone().next_ready(),
            Some(Err(Gap::Diverged { valid_to: Some(valid), .. })) if valid == seq(appended)
        ));
        readers.push((Reading::begin(&events), events, OPEN));
    }
    let foreign = "0123456789abcdef0123456789abcdef.1:3".parse().unwrap();
    let events = session.events_from(foreign);
    assert!(matches!(events.clone().next_ready(), Some(Err(Gap::Foreign { .. }))));
    readers.push((Reading::begin(&events), events, OPEN));
    readers
}

/// What a stream of updates delivers and misses; it ends with the reason, and catches up before.
async fn updates(events: EventStream) -> (u64, u64) {
    let (mut delivered, mut missed) = (0, 0);
    let (mut behind, mut closed) = (true, false);
    let mut updates = events.updates();
    while let Some(update) = updates.next().await {
        assert!(!closed);
        match update {
            Update::Event(_) => delivered += 1,
            Update::Gap(gap) => missed += gap.missed(),
            Update::CaughtUp => assert!(std::mem::replace(&mut behind, false)),
            Update::FellBehind { .. } => assert!(!std::mem::replace(&mut behind, true)),
            Update::Closed(_) => closed = true,
            other => panic!("{other:?}"),
        }
    }
    assert!(closed && !behind);
    (delivered, missed)
}

/// What a stream delivers and misses batch by batch.
async fn batches(mut events: EventStream) -> (u64, u64) {
    let (mut delivered, mut missed) = (0, 0);
    while let Some(batch) = events.next_batch().await {
        match batch {
            Ok(batch) => {
                assert_eq!(batch.iter().count(), batch.len());
                assert_eq!(batch.iter().next().unwrap().seq().get(), delivered + missed + 1);
                delivered += batch.len() as u64;
            }
            Err(gap) => {
                missed += gap.missed();
                assert_eq!(gap.resume_at().get(), delivered + missed + 1);
            }
        }
        tokio::task::yield_now().await;
    }
    (delivered, missed)
}

async fn all_kinds(wire: Wire, bounds: LogBounds) {
    const HALF: u64 = 3_000;
    let (mut peer, client, session) =
        with_session(wire, ClientOptions::new().log_bounds(bounds)).await;
    let handle = session.handle();
    let early: Vec<_> = [Pace::Fast, Pace::Slow]
        .into_iter()
        .map(|pace| tokio::spawn(Reading::of(session.events(), pace)))
        .collect();
    let on_gap = tokio::spawn({
        let events = session.events();
        async move {
            let mut missed = 0;
            let delivered = events.on_gap(|gap| missed += gap.missed()).count().await as u64;
            (delivered, missed)
        }
    });
    let updates = tokio::spawn(updates(session.events()));
    let batches = tokio::spawn(batches(session.events()));
    let handled = Arc::new(AtomicU64::new(0));
    let _ = session.on_each({
        let handled = Arc::clone(&handled);
        move |item| {
            let positions = item.map_or_else(|gap| gap.missed(), |_| 1);
            handled.fetch_add(positions, Ordering::Relaxed);
            tokio::task::yield_now()
        }
    });
    peer.burst("s", 0..HALF).await;
    peer.settle(&client).await;
    let readers: Vec<_> = readers(&handle, HALF)
        .into_iter()
        .enumerate()
        .map(|(number, (reading, events, end))| {
            let pace = if number % 2 == 0 { Pace::Fast } else { Pace::Slow };
            (tokio::spawn(reading.through(events, pace)), end)
        })
        .collect();
    peer.burst("s", HALF..2 * HALF).await;
    peer.settle(&client).await;
    let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
    let appended = closed.stats().published;
    assert_eq!(appended, 2 * HALF);
    for reading in early {
        reading.await.unwrap().check(appended);
    }
    for sums in [on_gap, updates, batches] {
        let (delivered, missed) = sums.await.unwrap();
        assert_eq!(delivered + missed, appended);
    }
    while handled.load(Ordering::Relaxed) < appended {
        tokio::task::yield_now().await;
    }
    for (reading, end) in readers {
        let reading = reading.await.unwrap();
        reading.check(appended.min(end));
        if bounds == LogBounds::default() {
            assert_eq!(reading.missed, 0, "{reading:?}");
        }
    }
    Reading::of(closed.events(), Pace::Fast).await.check(appended);
    Books::of(appended).session(&closed.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn every_kind_of_reader_balances_with_any_bounds_over_every_wire() {
    for wire in Wire::ALL {
        for bounds in bounds() {
            all_kinds(*wire, bounds).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_reader_balances_on_threads() {
    for wire in Wire::ALL {
        for bounds in bounds() {
            tokio::spawn(all_kinds(*wire, bounds)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_cursor_from_before_the_reconnect_is_foreign_to_the_log_behind_it() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    peer.burst("s", 0..10).await;
    peer.settle(&client).await;
    let cursor = session.log().after(seq(7));
    drop(peer);
    client.closed().await;
    let (mut peer, client) = connected().await;
    let again = peer.start(resumed(&client, "s")).await;
    peer.burst("s", 10..15).await;
    peer.settle(&client).await;
    for behind in [cursor, session.log().end(), session.log().before(Seq::FIRST)] {
        let stored: Cursor = behind.to_string().parse().unwrap();
        let mut events = again.events_from(stored);
        let mut reading = Reading::begin(&events);
        reading.ready(&mut events, 100);
        reading.check(5);
        assert_eq!((reading.moved, reading.delivered), (1, 5));
        // A stream that is moved there says so as well.
        let mut moved = again.live_events();
        moved.seek(stored);
        let gap = moved.next_ready().unwrap().unwrap_err();
        assert_eq!(gap, Gap::Foreign { resume_at: Seq::FIRST });
    }
    // The old log is still its own.
    let rest = Reading::of(session.events_from(cursor), Pace::Fast).await;
    rest.check_complete(10);
    assert_eq!(rest.delivered, 3);
}

#[tokio::test]
async fn a_wait_from_a_cursor_of_another_log_or_of_the_future_fails_with_the_gap() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    peer.burst("s", 0..10).await;
    peer.settle(&client).await;
    let future = format!("{}.1:11", session.log().id()).parse().unwrap();
    let foreign = "0123456789abcdef0123456789abcdef.1:3".parse().unwrap();
    for cursor in [future, foreign] {
        let error =
            session.wait_for_from(cursor, |_| true).now_or_never().unwrap().unwrap_err();
        let ErrorKind::Gap(gap) = error.kind() else { panic!("{error:?}") };
        assert!(matches!(gap, Gap::Foreign { .. } | Gap::Diverged { .. }), "{gap:?}");
    }
}

#[tokio::test]
async fn updates_tell_of_a_strange_cursor_before_they_have_caught_up() {
    let (_peer, _client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    let foreign = "0123456789abcdef0123456789abcdef.1:3".parse().unwrap();
    let mut updates = session.events_from(foreign).updates();
    // A task that has done much yields before it reads.
    while coop::has_budget_remaining() {
        coop::consume_budget().now_or_never().unwrap();
    }
    assert!(updates.next().now_or_never().is_none());
    tokio::task::yield_now().await;
    assert!(matches!(updates.next().await, Some(Update::Gap(Gap::Foreign { .. }))));
    assert!(matches!(updates.next().await, Some(Update::CaughtUp)));
}

#[tokio::test]
async fn a_reader_that_begins_within_a_gap_misses_the_rest_of_it() {
    const KEPT: u64 = 16_384;
    const LOST: u64 = 6;
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(cloud()).start());
    let create = peer.expect("session.create").await;
    let start = crate::peer::event("first", "session.start", r#"{"producer":"copilot-agent"}"#);
    peer.burst("c", 0..KEPT + LOST - 1).await;
    peer.event("c", &start).await;
    peer.answer(&create, r#"{"sessionId":"c"}"#).await;
    let session = starting.await.unwrap().unwrap();
    for from in 0..=LOST {
        let cursor = session.log().before(seq(from + 1));
        let mut events = session.events_from(cursor);
        let mut reading = Reading::begin(&events);
        reading.ready(&mut events, usize::MAX);
        reading.check(KEPT + LOST);
        assert_eq!((reading.missed, reading.delivered), (LOST - from, KEPT));
        let until: Vec<_> = session.events_from(cursor).until(seq(LOST - 1)).collect().await;
        match until.as_slice() {
            [] => assert!(from >= LOST - 1),
            [Err(Gap::Lost(Lost { missed: Some(missed), .. }))] => {
                assert_eq!(missed.get(), LOST - 1 - from);
            }
            other => panic!("{other:?}"),
        }
    }
}
