//! Every wait of an ending has a limit, whatever does not answer, or does not run.

use std::sync::mpsc;

use copilot_sessions::{ActiveSession, Client, ClientOptions, CloseReason, ErrorKind};
use futures::executor::block_on;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Duration, Instant};

use crate::peer::Peer;
use crate::{lifecycle, with_session, with_session_and, yields};

const LIMIT: Duration = Duration::from_secs(3);

fn options() -> ClientOptions {
    ClientOptions::new().stop_answer_timeout(LIMIT)
}

fn current_thread(is_paused: bool) -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(is_paused).build().unwrap()
}

/// A session on a tokio runtime that nobody drives any more.
fn undriven() -> (Runtime, Peer, Client, ActiveSession) {
    let runtime = current_thread(false);
    let (peer, client, session) = runtime.block_on(with_session_and(options()));
    (runtime, peer, client, session)
}

#[test]
fn a_stop_ends_though_the_runtime_of_the_connection_is_not_driven() {
    let (runtime, peer, client, session) = undriven();
    current_thread(true).block_on(async {
        let before = Instant::now();
        let error = client.stop().await.unwrap_err();
        // The detach, and the closing of the connection.
        assert_eq!(before.elapsed(), 2 * LIMIT);
        assert_eq!(*error.errors().last().unwrap().kind(), ErrorKind::TimedOut);
        assert!(error.to_string().contains("tokio runtime"), "{error}");
        assert_eq!(session.close_reason(), Some(CloseReason::ClientStopped));
    });
    drop((runtime, peer));
}

#[test]
fn a_forced_stop_ends_though_the_runtime_of_the_connection_is_not_driven() {
    let (runtime, peer, client, session) = undriven();
    current_thread(true).block_on(async {
        let before = Instant::now();
        client.force_stop().await;
        assert_eq!(before.elapsed(), LIMIT);
        assert_eq!(session.close_reason(), Some(CloseReason::ForceStopped));
    });
    // Nothing comes of it when the runtime is driven again.
    runtime.block_on(yields());
    assert_eq!(session.close_reason(), Some(CloseReason::ForceStopped));
    drop(peer);
}

#[test]
fn a_disconnect_ends_though_the_runtime_of_the_connection_is_not_driven() {
    let (runtime, peer, client, session) = undriven();
    current_thread(true).block_on(async {
        let before = Instant::now();
        let error = session.disconnect().await.unwrap_err();
        assert_eq!((error.kind(), before.elapsed()), (&ErrorKind::TimedOut, LIMIT));
    });
    drop((runtime, peer, client));
}

#[tokio::test(start_paused = true)]
async fn a_close_of_a_handle_that_is_never_answered_ends_with_the_limit() {
    let (_peer, _client, session) = with_session_and(options()).await;
    let before = Instant::now();
    let error = session.handle().close().await.unwrap_err();
    assert_eq!((error.kind(), before.elapsed()), (&ErrorKind::TimedOut, LIMIT));
    assert_eq!(session.close_reason(), Some(CloseReason::Disconnected));
}

/// Such as a thread of the program that has no part in tokio.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_disconnected_from_a_thread_without_a_tokio_runtime() {
    let (mut peer, client, session) = with_session_and(options()).await;
    let (done, told) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let closed = block_on(session.disconnect()).unwrap();
        done.send(closed.reason().clone()).unwrap();
    });
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, crate::DETACHED).await;
    peer.settle(&client).await;
    assert_eq!(told.recv().unwrap(), CloseReason::Disconnected);
    thread.join().unwrap();
}

/// Its grace is not measured by a clock of the thread's.
#[tokio::test]
async fn a_call_on_a_thread_without_tokio_fails_when_its_session_ends() {
    for by_runtime in [false, true] {
        let (mut peer, _client, session) = with_session().await;
        let handle = session.handle();
        let called = std::thread::spawn(move || {
            futures::executor::block_on(handle.call::<serde_json::Value>("m", &()))
        });
        let _unanswered = peer.expect("m").await;
        if by_runtime {
            lifecycle(&mut peer, "session.deleted").await;
        } else {
            peer.during("session.detach", session.disconnect()).await.unwrap();
        }
        let called = tokio::task::spawn_blocking(move || called.join()).await.unwrap();
        assert!(matches!(called.unwrap().unwrap_err().kind(), ErrorKind::Closed(_)));
    }
}
