//! One activation is detached once, whoever ends it, and everybody learns of the outcome.

use copilot_sessions::{CloseReason, ErrorKind, ResumeConfig};
use futures::FutureExt;
use tokio::time::{Duration, timeout};

use crate::peer::event;
use crate::{DETACHED, named, sent, stopping, with_session, yields};

const NO: &str = r#"{"success":false,"error":"still writing"}"#;

#[tokio::test(start_paused = true)]
async fn a_close_and_a_drop_at_once_detach_once() {
    let (mut peer, client, session) = with_session().await;
    let close = tokio::spawn(session.handle().close());
    let detach = peer.expect("session.detach").await;
    drop(session);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    peer.answer(&detach, DETACHED).await;
    assert_eq!(close.await.unwrap().unwrap(), CloseReason::Dropped);
}

#[tokio::test(start_paused = true)]
async fn a_close_and_a_disconnect_at_once_detach_once_and_both_learn_of_a_refusal() {
    for (answer, fails) in [(DETACHED, false), (NO, true)] {
        let (mut peer, client, session) = with_session().await;
        let close = tokio::spawn(session.handle().close());
        let disconnect = tokio::spawn(session.disconnect());
        let detach = peer.expect("session.detach").await;
        assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
        peer.answer(&detach, answer).await;
        let (closed, disconnected) = (close.await.unwrap(), disconnect.await.unwrap());
        assert_eq!((closed.is_err(), disconnected.is_err()), (fails, fails));
        assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn two_closes_at_once_detach_once_and_both_learn_of_a_refusal() {
    let (mut peer, client, session) = with_session().await;
    let closes = [0; 2].map(|_| tokio::spawn(session.handle().close()));
    let detach = peer.expect("session.detach").await;
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    peer.refuse(&detach, -32603, "no").await;
    for close in closes {
        assert_eq!(*close.await.unwrap().unwrap_err().kind(), ErrorKind::Rpc(-32603));
    }
    assert_eq!(session.close_reason(), Some(CloseReason::Disconnected));
}

/// While the stop waits for something else.
#[tokio::test(start_paused = true)]
async fn a_close_during_a_stop_detaches_once() {
    let (mut peer, client, session) = with_session().await;
    let other = peer.start(client.create_session(named("t"))).await;
    drop(other);
    let unanswered = peer.expect("session.detach").await;
    let stop = stopping(&client);
    let detach = peer.expect("session.detach").await;
    assert_eq!(detach["params"]["sessionId"], "s");
    let early = tokio::spawn(session.handle().close());
    yields().await;
    peer.answer(&detach, DETACHED).await;
    early.await.unwrap().unwrap();
    let late = tokio::spawn(session.disconnect());
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    late.await.unwrap().unwrap();
    peer.answer(&unanswered, DETACHED).await;
    stop.await.unwrap().unwrap();
    assert_eq!(peer.waiting("session.detach"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_drop_during_a_stop_detaches_once() {
    let (mut peer, client, session) = with_session().await;
    let stop = stopping(&client);
    let detach = peer.expect("session.detach").await;
    drop(session);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    assert!(!stop.is_finished());
    peer.answer(&detach, DETACHED).await;
    stop.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_a_close_detaches_once_and_both_learn_of_a_refusal() {
    let (mut peer, client, session) = with_session().await;
    let close = tokio::spawn(session.handle().close());
    let detach = peer.expect("session.detach").await;
    let stop = stopping(&client);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    peer.answer(&detach, NO).await;
    close.await.unwrap().unwrap_err();
    assert_eq!(stop.await.unwrap().unwrap_err().errors().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_stop_waits_for_the_first_and_has_its_outcome() {
    for (answer, fails) in [(DETACHED, false), (NO, true)] {
        let (mut peer, client, session) = with_session().await;
        let first = stopping(&client);
        let detach = peer.expect("session.detach").await;
        let second = stopping(&client);
        assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
        assert!(!second.is_finished());
        peer.answer(&detach, answer).await;
        assert_eq!(first.await.unwrap().is_err(), fails);
        assert_eq!(second.await.unwrap().is_err(), fails);
        assert_eq!(session.close_reason(), Some(CloseReason::ClientStopped));
        // What has failed has been told.
        client.stop().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_goes_on_where_one_was_dropped() {
    let (mut peer, client, session) = with_session().await;
    let first = stopping(&client);
    let detach = peer.expect("session.detach").await;
    let second = stopping(&client);
    yields().await;
    first.abort();
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    peer.answer(&detach, DETACHED).await;
    second.await.unwrap().unwrap();
    assert_eq!(session.close_reason(), Some(CloseReason::ClientStopped));
}

#[tokio::test(start_paused = true)]
async fn a_close_after_one_that_was_given_up_detaches_no_second_time() {
    let (mut peer, client, session) = with_session().await;
    let close = tokio::spawn(session.handle().close());
    let detach = peer.expect("session.detach").await;
    close.abort();
    let again = tokio::spawn(session.handle().close());
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    peer.answer(&detach, DETACHED).await;
    assert_eq!(again.await.unwrap().unwrap(), CloseReason::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn a_close_that_was_given_up_before_it_was_refused_can_be_tried_again() {
    let (mut peer, client, session) = with_session().await;
    let close = tokio::spawn(session.handle().close());
    let detach = peer.expect("session.detach").await;
    close.abort();
    peer.answer(&detach, NO).await;
    peer.settle(&client).await;
    assert_eq!(session.close_reason(), None);
    let reason = peer.during("session.detach", session.handle().close()).await.unwrap();
    assert_eq!(reason, CloseReason::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_disconnect_closes_the_log_as_dropped() {
    let (mut peer, client, session) = with_session().await;
    let log = session.log().clone();
    let mut disconnect = Box::pin(session.disconnect());
    assert!(disconnect.as_mut().now_or_never().is_none());
    peer.expect("session.detach").await;
    // What a runtime tells of a session that was detached.
    peer.event("s", &event("1", "session.shutdown", "{}")).await;
    peer.settle(&client).await;
    drop(disconnect);
    assert_eq!(log.close_reason(), Some(CloseReason::Dropped));
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_reconfiguration_during_a_stop_is_refused() {
    let (mut peer, client, mut session) = with_session().await;
    let stop = stopping(&client);
    let detach = peer.expect("session.detach").await;
    let refused = session.reconfigure(ResumeConfig::new());
    let refused = timeout(Duration::from_secs(3600), refused).await.expect("it waits");
    assert!(matches!(refused.unwrap_err().kind(), ErrorKind::Closed(_)));
    assert_eq!(sent(&mut peer, &client, "session.resume").await, 0);
    peer.answer(&detach, DETACHED).await;
    stop.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_reconfigured_is_detached_again() {
    let (mut peer, client, mut session) = with_session().await;
    let close = tokio::spawn(session.handle().close());
    let detach = peer.expect("session.detach").await;
    close.abort();
    peer.answer(&detach, DETACHED).await;
    peer.settle(&client).await;
    let (resumed, ()) =
        tokio::join!(session.reconfigure(ResumeConfig::new()), peer.answer_start());
    resumed.unwrap();
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    peer.during("session.detach", session.disconnect()).await.unwrap();
}

/// Its answer is the last that will ever come: whoever waits for it learns so, and none waits for the limit.
#[tokio::test(start_paused = true)]
async fn an_answer_to_a_detach_that_can_not_be_read_ends_the_wait_of_all_who_share_it() {
    let unreadable = ErrorKind::InvalidResponse;
    for (answer, kind) in [
        (r#"{"jsonrpc":"2.0","id":null,"result":{}}"#, &unreadable),
        (
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}"#,
            &ErrorKind::Rpc(-32700),
        ),
        (r#"{"jsonrpc":"2.0","id":ID,"result":{}"#, &unreadable),
    ] {
        let (mut peer, _client, session) = with_session().await;
        let first = tokio::spawn(session.handle().close());
        let detach = peer.expect("session.detach").await;
        let second = tokio::spawn(session.disconnect());
        yields().await;
        peer.send(answer.replace("ID", &detach["id"].to_string())).await;
        let first = first.await.unwrap().unwrap_err();
        let second = second.await.unwrap().unwrap_err();
        assert_eq!((first.kind(), second.kind()), (kind, kind), "{answer}");
    }
}
