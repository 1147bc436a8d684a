//! Wakers that panic, and what is left.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use copilot_sessions::{ActiveSession, CloseReason, ResumeConfig};
use serde_json::json;
use tokio::time::timeout;

use crate::{LIMIT, connected, named, with_session, yields};

/// Panics when it is woken first.
struct Panics(std::sync::atomic::AtomicBool);
impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        if !self.0.swap(true, std::sync::atomic::Ordering::SeqCst) {
            panic!("on purpose")
        }
    }
}

fn poll_badly<T>(future: &mut (impl Future<Output = T> + Unpin)) {
    let waker = Waker::from(Arc::new(Panics(Default::default())));
    assert!(std::pin::Pin::new(future).poll(&mut Context::from_waker(&waker)).is_pending());
}

/// A waker that panics takes nobody else's connection.
#[tokio::test]
async fn a_waker_of_a_call_that_panics_ends_no_connection() {
    let (mut peer, client, session) = with_session().await;
    let mut call = session.call_raw("x", &json!({}));
    poll_badly(&mut call);
    let request = peer.expect("x").await;
    peer.answer(&request, "{}").await;
    yields().await;
    assert_eq!(session.close_reason(), None);
    timeout(LIMIT, peer.settle(&client)).await.unwrap();
}

/// "Every stream ends, with a reason": although another session's caller panics when it is woken.
#[tokio::test]
async fn a_waker_of_a_call_that_panics_leaves_no_session_open() {
    let (mut peer, client) = connected().await;
    let mut sessions: Vec<ActiveSession> = Vec::new();
    for name in 0..16 {
        sessions.push(peer.start(client.create_session(named(&name.to_string()))).await);
    }
    let mut calls: Vec<_> =
        sessions.iter().take(1).map(|session| session.call_raw("x", &json!({}))).collect();
    for call in &mut calls {
        poll_badly(call);
    }
    drop(peer);
    for (index, session) in sessions.iter().enumerate() {
        let reason = timeout(LIMIT, session.closed()).await;
        assert!(
            reason.is_ok(),
            "session {index} never ends; the client says {:?}",
            client.connection_state()
        );
    }
}

/// The same when one handle closes a session in which another task waits.
#[tokio::test]
async fn a_waker_of_a_call_that_panics_does_not_reach_who_closes() {
    let (mut peer, client, session) = with_session().await;
    let mut call = session.call_raw("x", &json!({}));
    poll_badly(&mut call);
    let close = tokio::spawn(session.handle().close());
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, "{}").await;
    assert_eq!(
        timeout(LIMIT, close).await.unwrap().expect("a panic of another task's waker").unwrap(),
        CloseReason::Disconnected
    );
    // And the id is free.
    let (again, ()) = tokio::join!(
        client.resume_session("s", ResumeConfig::new()).start(),
        peer.answer_start()
    );
    again.unwrap();
}
