//! One id, several activations: what belongs to one does not reach the other.

use copilot_sessions::{ClientOptions, CloseReason, Cursor};

use crate::account::{Books, Pace, Reading};
use crate::peer::{Wire, event, numbered};
use crate::{cloud, connected, named, resumed, with_session};

#[tokio::test]
async fn what_comes_after_a_sessions_end_is_counted_and_changes_no_log() {
    for wire in Wire::ALL {
        let (mut peer, client, session) = with_session(*wire, ClientOptions::new()).await;
        let log = session.log().clone();
        peer.burst("s", 0..10).await;
        peer.settle(&client).await;
        let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
        peer.burst("s", 10..20).await;
        peer.event("s", &event("end", "session.shutdown", "{}")).await;
        peer.settle(&client).await;
        assert_eq!((log.stats().published, client.orphan_events()), (10, 11));
        assert_eq!(log.close_reason(), Some(CloseReason::Disconnected));
        Reading::of(closed.events(), Pace::Fast).await.check_complete(10);
        Books::of(21).session(&closed.stats(), 0).client(&client).check();
        assert_eq!(peer.waiting("ping"), 0);
    }
}

#[tokio::test]
async fn events_of_a_dropped_session_are_not_those_of_the_next_one_with_its_id() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    let old = session.log().clone();
    peer.burst("s", 0..5).await;
    peer.settle(&client).await;
    drop(session);
    peer.burst("s", 5..9).await;
    let detach = peer.expect("session.detach").await;
    peer.settle(&client).await;
    assert_eq!((old.stats().published, client.orphan_events()), (5, 4));
    peer.answer(&detach, r#"{"success":true}"#).await;
    let session = peer.start(resumed(&client, "s")).await;
    peer.burst("s", 9..12).await;
    peer.settle(&client).await;
    Reading::of(old.events(), Pace::Fast).await.check_complete(5);
    assert_ne!(old.id(), session.log().id());
    // 5 of them are in the old log.
    Books::of(12 - 5).session(&session.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn a_handle_ends_its_session_with_a_detach_and_never_in_silence() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    let handle = session.handle();
    peer.burst("s", 0..3).await;
    peer.settle(&client).await;
    let mut early = session.events();
    let reason = peer.during("session.detach", handle.close()).await.unwrap();
    assert_eq!(reason, CloseReason::Disconnected);
    peer.burst("s", 3..5).await;
    peer.settle(&client).await;
    let mut reading = Reading::begin(&early);
    reading.ready(&mut early, 10);
    reading.check_complete(3);
    Books::of(5).session(&session.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn any_number_of_shutdowns_asks_the_runtime_once() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    for number in 0..1000 {
        let id = format!("e{number}");
        peer.event("s", &event(&id, "session.shutdown", "{}")).await;
    }
    peer.settle(&client).await;
    // Whoever asks does so in a task of its own.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    peer.settle(&client).await;
    assert_eq!(session.stats().published, 1000);
    assert_eq!(peer.waiting("ping"), 1);
    let ping = peer.expect("ping").await;
    peer.answer(&ping, "{}").await;
    assert_eq!(session.closed().await, CloseReason::Shutdown);
}

#[tokio::test]
async fn a_shutdown_closes_its_log_behind_what_came_before_the_answer() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    peer.event("s", &event("end", "session.shutdown", "{}")).await;
    let ping = peer.expect("ping").await;
    peer.burst("s", 0..10).await;
    peer.answer(&ping, "{}").await;
    peer.burst("s", 10..20).await;
    peer.settle(&client).await;
    let closed = session.ended().await;
    assert_eq!(*closed.reason(), CloseReason::Shutdown);
    let published = closed.stats().published;
    assert!((11..=21).contains(&published), "{published}");
    Reading::of(closed.events(), Pace::Fast).await.check_complete(published);
    Books::of(21).session(&closed.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn a_repeated_event_is_in_the_log_once_and_counted_for_each_copy() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    for _ in 0..5 {
        // In another form, and in another place of the order.
        peer.burst("s", 0..10).await;
        peer.event("s", &event("n3", "test.numbered", "[]")).await;
    }
    peer.settle(&client).await;
    assert_eq!((session.stats().published, session.stats().duplicates), (10, 45));
    let mut reading = Reading::begin(&session.events());
    reading.ready(&mut session.events(), 100);
    reading.check_complete(10);
    Books::of(55).session(&session.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn two_sessions_with_the_same_events_have_each_their_own() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    let other = peer.start(client.create_session(named("t"))).await;
    for number in 0..10 {
        peer.event("s", &numbered(number)).await;
        peer.event("t", &numbered(number)).await;
    }
    peer.settle(&client).await;
    assert_eq!((session.stats().published, other.stats().published), (10, 10));
    assert_ne!(session.log().id(), other.log().id());
    let found = other.wait_for_from(Cursor::START, |event| event.id() == "n9").await.unwrap();
    assert_eq!(found.session_id().unwrap().as_str(), "t");
}

#[tokio::test]
async fn a_shutdown_from_before_the_resume_closes_nothing_after_it() {
    let (mut peer, client) = connected().await;
    let session = peer.start(resumed(&client, "s")).await;
    let resume = r#"{"type":"session.resume","data":{},"id":"r","timestamp":"2026-01-02T00:00:10.000Z"}"#;
    let old = r#"{"type":"session.shutdown","data":{},"id":"o","timestamp":"2026-01-02T00:00:05.000Z"}"#;
    peer.event("s", resume).await;
    peer.event("s", old).await;
    peer.settle(&client).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    peer.settle(&client).await;
    while peer.waiting("ping") > 0 {
        let ping = peer.expect("ping").await;
        peer.answer(&ping, "{}").await;
    }
    peer.settle(&client).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(session.close_reason(), None);
}

#[tokio::test]
async fn a_second_try_that_is_answered_with_another_id_has_that_id() {
    let (mut peer, client) = connected().await;
    let mut starting = client.create_session(cloud()).start();
    let create = tokio::select! {
        _ = &mut starting => unreachable!("nobody has answered"),
        create = peer.expect("session.create") => create,
    };
    peer.answer(&create, r#"{"sessionId":"a"}"#).await;
    peer.settle(&client).await;
    let starting = tokio::spawn(starting.cancel().start());
    let create = peer.expect("session.create").await;
    peer.answer(&create, r#"{"sessionId":"b"}"#).await;
    peer.event("b", &event("1", "session.start", r#"{"producer":"copilot-agent"}"#)).await;
    let session = starting.await.unwrap().unwrap();
    assert_eq!(session.id().as_str(), "b");
    assert_eq!(session.log().session_id().unwrap().as_str(), "b");
    peer.settle(&client).await;
    let stopping = tokio::spawn({
        let client = client.clone();
        async move { client.stop().await }
    });
    let mut detached = Vec::new();
    while let Some(request) = peer.next().await {
        if request["method"] == "session.detach" {
            detached.push(request["params"]["sessionId"].as_str().unwrap().to_owned());
        }
        peer.answer(&request, r#"{"success":true}"#).await;
    }
    stopping.await.unwrap().unwrap();
    detached.sort();
    assert_eq!(detached, ["a", "b"]);
}

#[tokio::test]
async fn a_deletion_during_a_start_does_not_end_the_next_try() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    peer.send(
        r#"{"jsonrpc":"2.0","method":"session.lifecycle","params":{"type":"session.deleted","sessionId":"s"}}"#,
    )
    .await;
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let Err(error) = starting.await.unwrap() else { return };
    let session = peer.start(error.into_pending()).await;
    assert_eq!(session.close_reason(), None);
}
