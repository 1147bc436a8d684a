//! Starts that are answered early, late, twice, wrongly or never.

use copilot_sessions::{ClientOptions, CloseReason, ErrorKind};

use crate::account::{Books, Pace, Reading};
use crate::peer::{Wire, frame, numbered, usual};
use crate::{connected, named, resumed};

/// The frames of events `from` to `to` of session `s`.
fn events(from: u64, to: u64) -> Vec<u8> {
    (from..to).flat_map(|number| frame(usual("s", &numbered(number)))).collect()
}

#[tokio::test]
async fn events_in_one_write_with_the_answer_are_in_the_log_on_both_sides_of_it() {
    for wire in Wire::ALL {
        for method in ["session.create", "session.resume"] {
            let (mut peer, client) = wire.connect(ClientOptions::new()).await;
            let pending = match method {
                "session.create" => client.create_session(named("s")),
                _ => resumed(&client, "s"),
            };
            let early = tokio::spawn(Reading::of(pending.events(), Pace::Fast));
            let starting = tokio::spawn(pending.start());
            let start = peer.expect(method).await;
            let answer = format!(
                r#"{{"jsonrpc":"2.0","id":{},"result":{{"sessionId":"s"}}}}"#,
                start["id"]
            );
            peer.write([events(0, 500), frame(answer), events(500, 1000)].concat()).await;
            let session = starting.await.unwrap().unwrap();
            peer.settle(&client).await;
            let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
            early.await.unwrap().check_complete(1000);
            Reading::of(closed.events(), Pace::Fast).await.check_complete(1000);
            Books::of(1000).session(&closed.stats(), 0).client(&client).check();
        }
    }
}

#[tokio::test]
async fn an_answer_that_comes_twice_is_taken_once() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    peer.answer(&create, r#"{"sessionId":"other"}"#).await;
    peer.refuse(&create, -32603, "no").await;
    peer.burst("s", 0..3).await;
    let session = starting.await.unwrap().unwrap();
    peer.settle(&client).await;
    assert_eq!(session.id().as_str(), "s");
    assert_eq!(session.stats().published, 3);
    assert_eq!(peer.waiting("session.detach"), 0);
    Books::of(3).session(&session.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn an_answer_under_a_wrong_id_answers_nothing() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    let wrong = create["id"].as_u64().unwrap() + 1000;
    for id in [wrong.to_string(), "-1".into(), "18446744073709551616".into(), "\"x\"".into()] {
        peer.answer_as(&id, r#"{"sessionId":"other"}"#).await;
    }
    peer.burst("s", 0..3).await;
    peer.settle(&client).await;
    assert!(!starting.is_finished());
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let session = starting.await.unwrap().unwrap();
    assert_eq!(session.stats().published, 3);
}

#[tokio::test]
async fn an_answer_that_never_comes_fails_the_start_with_the_connections_end() {
    for wire in Wire::ALL {
        let (mut peer, client) = wire.connect(ClientOptions::new()).await;
        let pending = client.create_session(named("s"));
        let early = tokio::spawn(Reading::of(pending.events(), Pace::Fast));
        let starting = tokio::spawn(pending.start());
        peer.expect("session.create").await;
        peer.burst("s", 0..100).await;
        peer.settle(&client).await;
        drop(peer);
        let (error, pending) = starting.await.unwrap().unwrap_err().into_parts();
        assert!(matches!(error.kind(), ErrorKind::Closed(_)), "{error:?}");
        early.await.unwrap().check_complete(100);
        assert!(matches!(pending.close_reason(), Some(CloseReason::ConnectionLost(_))));
        Books::of(100).session(&pending.stats(), 0).client(&client).check();
    }
}

#[tokio::test]
async fn a_late_answer_to_a_cancelled_start_detaches_and_the_next_try_has_the_log_alone() {
    let (mut peer, client) = connected().await;
    let pending = client.create_session(named("s"));
    let mut starting = pending.start();
    let create = tokio::select! {
        _ = &mut starting => unreachable!("nobody has answered"),
        create = peer.expect("session.create") => create,
    };
    peer.burst("s", 0..2).await;
    peer.settle(&client).await;
    let pending = starting.cancel();
    let early = tokio::spawn(Reading::of(pending.events(), Pace::Fast));
    // Nobody's, between the two tries.
    peer.burst("s", 2..5).await;
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let detach = peer.expect("session.detach").await;
    assert_eq!(detach["params"]["sessionId"], "s");
    peer.burst("s", 5..6).await;
    peer.answer(&detach, r#"{"success":true}"#).await;
    peer.settle(&client).await;
    assert_eq!((pending.stats().published, client.orphan_events()), (2, 4));
    let session = peer.start(pending).await;
    peer.burst("s", 6..10).await;
    peer.settle(&client).await;
    let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
    early.await.unwrap().check_complete(6);
    Books::of(10).session(&closed.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn an_answer_for_another_session_fails_the_start_and_loses_no_event() {
    let (mut peer, client) = connected().await;
    let pending = client.create_session(named("s"));
    let starting = tokio::spawn(pending.start());
    let create = peer.expect("session.create").await;
    peer.burst("s", 0..2).await;
    peer.burst("other", 0..4).await;
    peer.answer(&create, r#"{"sessionId":"other"}"#).await;
    let (error, pending) = starting.await.unwrap().unwrap_err().into_parts();
    assert_eq!(*error.kind(), ErrorKind::SessionMismatch);
    assert_eq!(peer.expect("session.detach").await["params"]["sessionId"], "other");
    peer.burst("s", 2..3).await;
    peer.settle(&client).await;
    assert_eq!((pending.stats().published, client.orphan_events()), (2, 5));
    let session = peer.start(pending).await;
    peer.burst("s", 3..4).await;
    peer.settle(&client).await;
    Books::of(8).session(&session.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn an_answer_that_is_no_answer_fails_the_start_and_gives_the_session_back() {
    let answers =
        ["null", "{}", "5", r#"{"sessionId":5}"#, r#"{"sessionId":null}"#, "[]", r#""s""#];
    let (mut peer, client) = connected().await;
    let mut pending = client.create_session(named("s"));
    let mut sent = 0;
    for answer in answers {
        let starting = tokio::spawn(pending.start());
        let create = peer.expect("session.create").await;
        peer.burst("s", sent..sent + 2).await;
        sent += 2;
        peer.answer(&create, answer).await;
        let (error, back) = starting.await.unwrap().unwrap_err().into_parts();
        assert_eq!(*error.kind(), ErrorKind::InvalidResponse, "{answer}");
        pending = back;
    }
    let session = peer.start(pending).await;
    let mut reading = Reading::begin(&session.events());
    reading.ready(&mut session.events(), 100);
    reading.check_complete(sent);
    Books::of(sent).session(&session.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn an_answer_in_an_unusual_form_is_taken_and_counted() {
    let (mut peer, client) = connected().await;
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.call_raw("x", &()).await }
    });
    let request = peer.expect("x").await;
    assert_eq!(client.unusual_messages(), 0);
    peer.send(format!(r#"{{"jsonrpc":"2.0","id":"{}","result":7}}"#, request["id"])).await;
    assert_eq!(call.await.unwrap().unwrap().get(), "7");
    assert_eq!((client.unusual_messages(), client.malformed_messages()), (1, 0));
}
