//! Event handlers are done before an ending returns, or what they have not handled is counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use copilot_sessions::{ActiveSession, Client, ClientOptions, CloseReason};
use futures::executor::block_on;
use tokio::time::{Duration, Instant, sleep};

use crate::peer::Peer;
use crate::{
    DETACHED, connected, named, resumed, stopping, with_session, with_session_and, yields,
};

const EVENTS: u64 = 40;
const HOUR: Duration = Duration::from_secs(3600);

/// A session that has got some events, and a handler which takes this long for each.
async fn slow(each: Duration) -> (Peer, Client, ActiveSession, Arc<AtomicU64>) {
    let (mut peer, client, session) = with_session().await;
    let handled = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&handled);
    session.on_event(move |_| {
        let counter = Arc::clone(&counter);
        async move {
            sleep(each).await;
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    peer.burst("s", 0..EVENTS).await;
    peer.settle(&client).await;
    (peer, client, session, handled)
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_returns_when_the_event_handlers_are_done() {
    let (mut peer, _client, session, handled) = slow(Duration::from_millis(50)).await;
    let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
    assert_eq!((handled.load(Ordering::SeqCst), closed.unhandled()), (EVENTS, 0));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_returns_when_the_event_handlers_are_done() {
    let (mut peer, _client, session, handled) = slow(Duration::from_millis(50)).await;
    let closed = peer.during("session.delete", session.delete()).await.unwrap();
    assert_eq!((handled.load(Ordering::SeqCst), closed.unhandled()), (EVENTS, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stop_returns_when_the_event_handlers_are_done() {
    let (mut peer, client, session, handled) = slow(Duration::from_millis(50)).await;
    let report = peer.during("session.detach", client.stop()).await.unwrap();
    assert_eq!((handled.load(Ordering::SeqCst), report.unhandled()), (EVENTS, 0));
    drop(session);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_the_handlers_of_sessions_that_ended_before() {
    for drops in [true, false] {
        let (mut peer, client, session, handled) = slow(Duration::from_millis(50)).await;
        if drops {
            drop(session);
            let detach = peer.expect("session.detach").await;
            peer.answer(&detach, DETACHED).await;
        } else {
            peer.during("session.detach", session.handle().close()).await.unwrap();
        }
        assert!(handled.load(Ordering::SeqCst) < EVENTS);
        assert_eq!(client.stop().await.unwrap().unhandled(), 0);
        assert_eq!(handled.load(Ordering::SeqCst), EVENTS);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_of_a_handle_waits_for_no_handler() {
    let (mut peer, _client, session, handled) = slow(HOUR).await;
    let before = Instant::now();
    peer.during("session.detach", session.handle().close()).await.unwrap();
    assert_eq!((handled.load(Ordering::SeqCst), before.elapsed()), (0, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_forced_stop_waits_for_no_handler() {
    let (_peer, client, session, handled) = slow(HOUR).await;
    let before = Instant::now();
    client.force_stop().await;
    assert_eq!((handled.load(Ordering::SeqCst), before.elapsed()), (0, Duration::ZERO));
    assert_eq!(session.close_reason(), Some(CloseReason::ForceStopped));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_handled_in_time_is_counted_and_goes_on() {
    // One event each second, of which the first five seconds are waited for.
    let (mut peer, _client, session, handled) = slow(Duration::from_millis(999)).await;
    let before = Instant::now();
    let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_secs(5));
    assert_eq!((handled.load(Ordering::SeqCst), closed.unhandled()), (5, EVENTS - 5));
    sleep(HOUR).await;
    assert_eq!(handled.load(Ordering::SeqCst), EVENTS);
}

#[tokio::test(start_paused = true)]
async fn a_stop_counts_by_session_what_is_not_handled() {
    let (mut peer, client, session, _handled) = slow(HOUR).await;
    let other = peer.start(client.create_session(named("t"))).await;
    other.on_each(|_| std::future::pending());
    other.on_event(|_| async {});
    peer.burst("t", 0..3).await;
    peer.settle(&client).await;
    let stop = stopping(&client);
    for _ in 0..2 {
        let detach = peer.expect("session.detach").await;
        peer.refuse(&detach, -32603, "no").await;
    }
    let error = stop.await.unwrap().unwrap_err();
    assert_eq!(error.errors().len(), 2);
    let report = error.report();
    let mut sessions: Vec<_> = report.sessions().map(|(id, n)| (id.to_string(), n)).collect();
    sessions.sort();
    assert_eq!(sessions, [("s".to_owned(), EVENTS), ("t".to_owned(), 3)]);
    assert_eq!(report.unhandled(), EVENTS + 3);
    // What failed has been told: a second one waits for nothing and has nothing to tell.
    let before = Instant::now();
    assert_eq!(client.stop().await.unwrap().unhandled(), 0);
    assert_eq!(before.elapsed(), Duration::ZERO);
    drop((session, other));
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_the_drain_is_an_option() {
    let options = ClientOptions::new().drain_timeout(Duration::from_secs(70));
    let (mut peer, client, session) = with_session_and(options).await;
    session.on_event(|_| std::future::pending());
    peer.burst("s", 0..2).await;
    peer.settle(&client).await;
    let before = Instant::now();
    let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
    assert_eq!((before.elapsed(), closed.unhandled()), (Duration::from_secs(70), 2));
}

#[tokio::test(start_paused = true)]
async fn the_drain_that_is_given_up_leaves_the_session_closed_and_its_id_free() {
    let (mut peer, client, session, _handled) = slow(HOUR).await;
    let log = session.log().clone();
    let disconnect = tokio::spawn(session.disconnect());
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    peer.settle(&client).await;
    yields().await;
    disconnect.abort();
    yields().await;
    assert_eq!(log.close_reason(), Some(CloseReason::Disconnected));
    peer.start(resumed(&client)).await;
    assert_eq!(peer.waiting("session.detach"), 0);
}

/// A way to end a session, from a thread on which no tokio runtime is.
type Ends = fn(Option<ActiveSession>, Client);

#[test]
fn a_blocking_handler_that_ends_its_own_session_does_not_wait_for_itself() {
    let ways: [Ends; 2] = [
        |session, _| drop(session.map(|session| block_on(session.disconnect()).unwrap())),
        |_, client| drop(block_on(client.stop())),
    ];
    for end in ways {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let options = ClientOptions::new().drain_timeout(HOUR).stop_answer_timeout(HOUR);
            let (mut peer, client, session) = with_session_and(options).await;
            let (owned, stopper) = (Arc::new(Mutex::new(None)), client.clone());
            let cell = Arc::clone(&owned);
            let (done, mut told) = tokio::sync::mpsc::unbounded_channel();
            session.on_event_blocking(move |_| {
                let session = cell.lock().unwrap().take();
                end(session, stopper.clone());
                done.send(()).unwrap();
            });
            *owned.lock().unwrap() = Some(session);
            peer.burst("s", 0..2).await;
            let detach = peer.expect("session.detach").await;
            peer.answer(&detach, DETACHED).await;
            for _ in 0..2 {
                told.recv().await.unwrap();
            }
            drop((owned, client));
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_returns_when_a_blocking_handler_is_done() {
    let options = ClientOptions::new().drain_timeout(HOUR);
    let (mut peer, client, session) = with_session_and(options).await;
    let (go, wait) = mpsc::channel();
    let handled = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&handled);
    session.on_event_blocking(move |_| {
        wait.recv().unwrap();
        counter.fetch_add(1, Ordering::SeqCst);
    });
    peer.burst("s", 0..10).await;
    peer.settle(&client).await;
    let log = session.log().clone();
    let disconnect = tokio::spawn(session.disconnect());
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    peer.settle(&client).await;
    while log.close_reason().is_none() {
        tokio::task::yield_now().await;
    }
    yields().await;
    assert!(!disconnect.is_finished());
    for _ in 0..10 {
        go.send(()).unwrap();
    }
    assert_eq!(disconnect.await.unwrap().unwrap().unhandled(), 0);
    assert_eq!(handled.load(Ordering::SeqCst), 10);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_finished_when_its_handler_is_done_with_a_closed_log() {
    let (mut peer, client, session) = with_session().await;
    let handled = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&handled);
    let subscription = session.on_event(move |_| {
        let counter = Arc::clone(&counter);
        async move {
            sleep(Duration::from_secs(1)).await;
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    peer.burst("s", 0..EVENTS).await;
    peer.settle(&client).await;
    let mut finished = Box::pin(subscription.finished());
    assert!(futures::poll!(&mut finished).is_pending());
    peer.during("session.detach", session.handle().close()).await.unwrap();
    finished.await;
    assert_eq!(handled.load(Ordering::SeqCst), EVENTS);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_cancelled_is_finished_and_no_ending_waits_for_it() {
    let (mut peer, client, session, handled) = slow(HOUR).await;
    let hangs = session.on_event(|_| std::future::pending());
    yields().await;
    hangs.cancel();
    hangs.finished().await;
    let before = Instant::now();
    // The other one is waited for.
    let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
    assert_eq!((closed.unhandled(), handled.load(Ordering::SeqCst)), (EVENTS, 0));
    assert_eq!(before.elapsed(), Duration::from_secs(5));
    drop(client);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocking_handler_that_is_cancelled_ends_before_the_next_event() {
    let (mut peer, client, session) = with_session().await;
    // One that waits for an event.
    let idle = session.on_event_blocking(|_| panic!("there is no event"));
    idle.cancel();
    idle.finished().await;
    // One that is being called.
    let (entered, mut is_in) = tokio::sync::mpsc::unbounded_channel();
    let (go, wait) = mpsc::channel();
    let busy = session.on_event_blocking(move |_| {
        entered.send(()).unwrap();
        wait.recv().unwrap();
    });
    peer.burst("s", 0..10).await;
    is_in.recv().await.unwrap();
    busy.cancel();
    let mut finished = Box::pin(busy.finished());
    assert!(futures::poll!(&mut finished).is_pending());
    go.send(()).unwrap();
    finished.await;
    assert!(is_in.recv().await.is_none(), "it was called again");
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_handler_of_a_session_that_goes_on_is_not_waited_for_by_a_stop() {
    let (mut peer, client) = connected().await;
    // Its start fails, and its handler waits for the next try.
    let called = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&called);
    let pending = client.create_session(named("s")).on_event(move |_| {
        flag.store(true, Ordering::SeqCst);
        async {}
    });
    let starting = tokio::spawn(pending.start());
    let create = peer.expect("session.create").await;
    peer.refuse(&create, -32603, "no").await;
    let error = starting.await.unwrap().unwrap_err();
    let before = Instant::now();
    assert_eq!(client.stop().await.unwrap().unhandled(), 0);
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert!(!called.load(Ordering::SeqCst));
    drop(error);
}
