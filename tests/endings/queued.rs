//! Endings whose request waits for room among what is queued.

use copilot_sessions::rpc::ConnectionLimits;
use copilot_sessions::{ActiveSession, Client, ClientOptions, CloseReason, ErrorKind};
use futures::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::{Duration, timeout};

use crate::peer::Peer;
use crate::{DETACHED, resumed, sent, stopping, with_session_and, yields};

/// A connection whose queue is full, since the peer reads nothing.
struct Full {
    peer: Peer,
    client: Client,
    session: ActiveSession,
    calls: [JoinHandle<()>; 2],
}

impl Full {
    async fn new() -> Self {
        let limits = ConnectionLimits::new().max_queued_frames(1);
        let options = ClientOptions::new().connection_limits(limits);
        let (peer, client, session) = with_session_and(options).await;
        // Half of one is written, and another is queued.
        let mut calls = Vec::new();
        for _ in 0..2 {
            let client = client.clone();
            calls.push(tokio::spawn(async move {
                client.call_raw("large", &"x".repeat(1 << 20)).await.unwrap();
            }));
            yields().await;
        }
        Self { peer, client, session, calls: calls.try_into().unwrap() }
    }
}

/// Reads what is queued, and answers all but the detaches.
async fn answer_calls(peer: &mut Peer, calls: [JoinHandle<()>; 2]) {
    for call in calls {
        let request = peer.expect("large").await;
        peer.answer(&request, "{}").await;
        call.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_shares_a_detach_that_was_given_up_before_it_was_sent_sends_it() {
    let Full { mut peer, client, session, calls } = Full::new().await;
    let first = tokio::spawn(session.handle().close());
    yields().await;
    let second = tokio::spawn(session.handle().close());
    yields().await;
    first.abort();
    yields().await;
    answer_calls(&mut peer, calls).await;
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    assert_eq!(second.await.unwrap().unwrap(), CloseReason::Disconnected);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_detach_that_was_left_to_one_who_gives_it_up_is_sent_all_the_same() {
    let Full { mut peer, client, session, calls } = Full::new().await;
    let mut first = Box::pin(session.handle().close());
    assert!(first.as_mut().now_or_never().is_none());
    drop(session);
    answer_calls(&mut peer, calls).await;
    // There is room now, which is his.
    drop(first);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 1);
}

#[tokio::test(start_paused = true)]
async fn all_who_share_a_detach_learn_that_the_connection_has_ended() {
    let Full { peer, session, .. } = Full::new().await;
    let closes = [0; 3].map(|_| tokio::spawn(session.handle().close()));
    yields().await;
    drop(peer);
    for close in closes {
        let error = close.await.unwrap().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Closed(_)), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn closes_at_once_whose_detach_is_never_sent_all_fail() {
    let Full { peer, session, .. } = Full::new().await;
    let closes = [0; 3].map(|_| tokio::spawn(session.handle().close()));
    for close in closes {
        let error = close.await.unwrap().unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::TimedOut, "{error}");
    }
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn one_who_shares_a_detach_that_was_given_up_with_its_session_sends_it() {
    let Full { mut peer, client, session, calls } = Full::new().await;
    let handle = session.handle();
    let owner = tokio::spawn(timeout(Duration::from_secs(1), session.disconnect()));
    yields().await;
    let close = tokio::spawn(handle.close());
    assert!(owner.await.unwrap().is_err());
    answer_calls(&mut peer, calls).await;
    // One for the owner, whose guard was dropped, and one for the close.
    for _ in 0..2 {
        let detach = peer.expect("session.detach").await;
        peer.answer(&detach, DETACHED).await;
    }
    assert_eq!(close.await.unwrap().unwrap(), CloseReason::Dropped);
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_dropped_while_there_is_no_room_is_detached_once_there_is() {
    let Full { mut peer, client, session, calls } = Full::new().await;
    drop(session);
    answer_calls(&mut peer, calls).await;
    let detach = peer.expect("session.detach").await;
    let stop = stopping(&client);
    yields().await;
    assert!(!stop.is_finished());
    peer.answer(&detach, DETACHED).await;
    stop.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_who_shares_a_detach_that_was_given_up_sends_none_when_another_has_the_id() {
    let Full { mut peer, client, session, calls } = Full::new().await;
    let handle = session.handle();
    let mut owner = Box::pin(session.disconnect());
    assert!(owner.as_mut().now_or_never().is_none());
    let close = tokio::spawn(handle.close());
    yields().await;
    drop(owner);
    let mut next = Box::pin(resumed(&client).start());
    assert!(next.as_mut().now_or_never().is_none());
    let error = close.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("another has the id"), "{error}");
    answer_calls(&mut peer, calls).await;
    // That of the owner's guard.
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    let (next, ()) = tokio::join!(next, peer.answer_start());
    let _next = next.unwrap();
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
}
