//! Event handlers that end a session, or a client, themselves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use copilot_sessions::{ActiveSession, CloseReason};
use tokio::time::{Duration, Instant, sleep, timeout};

use crate::{DETACHED, connected, named, stopping, with_session, yields};

const HOUR: Duration = Duration::from_secs(3600);

/// A cell for the session, so that a handler can end what owns it.
type Owned = Arc<Mutex<Option<ActiveSession>>>;

#[tokio::test(start_paused = true)]
async fn a_handler_that_ends_its_own_session_does_not_wait_for_itself() {
    let (mut peer, client, session) = with_session().await;
    let owned = Owned::default();
    let (done, told) = tokio::sync::oneshot::channel();
    let (cell, mut done) = (Arc::clone(&owned), Some(done));
    session.on_event(move |_| {
        let (session, done) = (cell.lock().unwrap().take(), done.take());
        async move {
            if let (Some(session), Some(done)) = (session, done) {
                let closed = session.disconnect().await.unwrap();
                done.send(closed.unhandled()).unwrap();
            }
        }
    });
    *owned.lock().unwrap() = Some(session);
    let before = Instant::now();
    peer.burst("s", 0..3).await;
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    assert_eq!(timeout(HOUR, told).await.unwrap().unwrap(), 0);
    assert_eq!(before.elapsed(), Duration::ZERO);
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_stops_its_client_does_not_wait_for_itself() {
    let (mut peer, client) = connected().await;
    let stopper = client.clone();
    let (done, mut told) = tokio::sync::mpsc::unbounded_channel();
    let pending = client.create_session(named("s")).on_event(move |_| {
        let (client, done) = (stopper.clone(), done.clone());
        async move { done.send(client.stop().await.is_ok()).unwrap() }
    });
    let session = peer.start(pending).await;
    let before = Instant::now();
    peer.burst("s", 0..3).await;
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    for _ in 0..3 {
        assert!(timeout(HOUR, told.recv()).await.unwrap().unwrap());
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
    drop(session);
}

#[tokio::test(start_paused = true)]
async fn two_handlers_that_end_one_session_do_not_wait_for_each_other() {
    let (mut peer, client) = connected().await;
    let (done, mut told) = tokio::sync::mpsc::unbounded_channel();
    let stop = || {
        let (client, done) = (client.clone(), done.clone());
        move |_| {
            let (client, done) = (client.clone(), done.clone());
            async move { done.send(client.stop().await.is_ok()).unwrap() }
        }
    };
    let pending = client.create_session(named("s")).on_event(stop()).on_event(stop());
    let session = peer.start(pending).await;
    let before = Instant::now();
    peer.burst("s", 0..1).await;
    let detach = peer.expect("session.detach").await;
    // And one that is no handler.
    let third = stopping(&client);
    peer.answer(&detach, DETACHED).await;
    for _ in 0..2 {
        assert!(timeout(HOUR, told.recv()).await.unwrap().unwrap());
    }
    third.await.unwrap().unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
    drop(session);
}

/// Adds a handler that disconnects the session, once it is in the cell, and takes a second for each event.
fn ends_it_and_goes_on(session: &ActiveSession) -> (Owned, Arc<AtomicU64>) {
    let (owned, handled) = (Owned::default(), Arc::new(AtomicU64::new(0)));
    let (cell, counter) = (Arc::clone(&owned), Arc::clone(&handled));
    session.on_event(move |_| {
        let (session, counter) = (cell.lock().unwrap().take(), Arc::clone(&counter));
        async move {
            if let Some(session) = session {
                session.disconnect().await.unwrap();
            }
            sleep(Duration::from_secs(1)).await;
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    (owned, handled)
}

/// What it does afterwards is work like any other.
#[tokio::test(start_paused = true)]
async fn a_handler_that_has_ended_its_own_session_is_waited_for_by_a_later_stop() {
    let (mut peer, client, session) = with_session().await;
    let (owned, handled) = ends_it_and_goes_on(&session);
    *owned.lock().unwrap() = Some(session);
    peer.burst("s", 0..3).await;
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    yields().await;
    assert_eq!(client.stop().await.unwrap().unhandled(), 0);
    assert_eq!(handled.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_ends_another_session_is_waited_for_and_counted_by_its_own() {
    for (takes, unhandled) in [(Duration::from_secs(1), 0), (HOUR, 2)] {
        let (mut peer, client, session) = with_session().await;
        let other = peer.start(client.create_session(named("t"))).await;
        let (owned, handled) = (Owned::default(), Arc::new(AtomicU64::new(0)));
        let (cell, counter) = (Arc::clone(&owned), Arc::clone(&handled));
        session.on_event(move |_| {
            let (other, counter) = (cell.lock().unwrap().take(), Arc::clone(&counter));
            async move {
                if let Some(other) = other {
                    other.disconnect().await.unwrap();
                    sleep(takes).await;
                }
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        *owned.lock().unwrap() = Some(other);
        peer.burst("s", 0..2).await;
        let others = peer.expect("session.detach").await;
        assert_eq!(others["params"]["sessionId"], "t");
        let disconnecting = tokio::spawn(session.disconnect());
        let own = peer.expect("session.detach").await;
        peer.answer(&own, DETACHED).await;
        // Its own session's ending waits for it while it waits for the other's.
        yields().await;
        assert!(!disconnecting.is_finished());
        peer.answer(&others, DETACHED).await;
        let closed = disconnecting.await.unwrap().unwrap();
        assert_eq!(closed.close_reason(), Some(CloseReason::Disconnected));
        assert_eq!(closed.unhandled(), unhandled);
        assert_eq!(handled.load(Ordering::SeqCst), 2 - unhandled);
    }
}

/// It waits for that client alone.
#[tokio::test(start_paused = true)]
async fn a_handler_that_stops_another_client_is_waited_for_by_its_own_session() {
    let (mut peer, _client, session) = with_session().await;
    let (mut mute, other) = connected().await;
    let _others = mute.start(other.create_session(named("o"))).await;
    let handled = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&handled);
    session.on_event(move |_| {
        let (other, counter) = (other.clone(), Arc::clone(&counter));
        async move {
            let _ = other.stop().await;
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    peer.burst("s", 0..2).await;
    yields().await;
    let disconnecting = tokio::spawn(session.disconnect());
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    let closed = disconnecting.await.unwrap().unwrap();
    assert_eq!(handled.load(Ordering::SeqCst) + closed.unhandled(), 2);
}

/// While the stop waits for another handler.
#[tokio::test(start_paused = true)]
async fn a_handler_that_has_ended_its_session_and_goes_on_is_waited_for_by_a_stop_beside_it() {
    let (mut peer, client, session) = with_session().await;
    let (owned, handled) = ends_it_and_goes_on(&session);
    session.on_event(|_| sleep(Duration::from_millis(300)));
    *owned.lock().unwrap() = Some(session);
    peer.burst("s", 0..3).await;
    let detach = peer.expect("session.detach").await;
    let stop = stopping(&client);
    yields().await;
    peer.answer(&detach, DETACHED).await;
    assert_eq!(stop.await.unwrap().unwrap().unhandled(), 0);
    assert_eq!(handled.load(Ordering::SeqCst), 3);
}
