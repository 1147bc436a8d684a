//! Starts whose id the peer chooses, among events of sessions that nobody knows.

use copilot_sessions::events::Lost;
use copilot_sessions::{ActiveSession, Client, CloseReason, Gap, PendingSession, StartError};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::account::{Books, Pace, Reading};
use crate::peer::{Peer, event};
use crate::{cloud, connected};

/// How many sessions the client keeps events for.
const SESSIONS: u64 = 1024;
/// How many events of sessions without an id the client keeps.
const EVENTS: u64 = 16_384;

type Starting = JoinHandle<Result<ActiveSession, StartError>>;

/// Begins a start; returns the request, which is not answered yet.
async fn begin(peer: &mut Peer, pending: PendingSession) -> (Starting, Value) {
    let starting = tokio::spawn(pending.start());
    (starting, peer.expect("session.create").await)
}

/// Answers a start and has its agent begin. That is one event.
async fn chosen(peer: &mut Peer, create: &Value, id: &str) {
    peer.answer(create, &format!(r#"{{"sessionId":"{id}"}}"#)).await;
    let start =
        event(&format!("start of {id}"), "session.start", r#"{"producer":"copilot-agent"}"#);
    peer.event(id, &start).await;
}

/// One event of each of so many sessions.
async fn foreign(peer: &mut Peer, sessions: u64) {
    for number in 0..sessions {
        peer.burst(&format!("foreign {number}"), 0..1).await;
    }
}

/// Ends a session; every reader has the whole log, in which `uncounted` gaps are of an unknown number.
async fn check(
    peer: &mut Peer,
    client: &Client,
    session: ActiveSession,
    sent: u64,
    uncounted: u64,
) -> Reading {
    peer.settle(client).await;
    let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
    let reading = Reading::of(closed.events(), Pace::Fast).await;
    reading.check(closed.stats().published);
    assert_eq!(reading.uncounted, uncounted);
    Books::of(sent).session(&closed.stats(), uncounted).client(client).check();
    reading
}

#[tokio::test]
async fn events_of_unknown_sessions_during_a_cloud_start_go_to_it_or_are_counted() {
    let (mut peer, client) = connected().await;
    let pending = client.create_session(cloud());
    let early = tokio::spawn(Reading::of(pending.events(), Pace::Fast));
    let (starting, create) = begin(&mut peer, pending).await;
    foreign(&mut peer, SESSIONS - 1).await;
    peer.burst("c", 0..10).await;
    chosen(&mut peer, &create, "c").await;
    peer.burst("c", 10..20).await;
    let session = starting.await.unwrap().unwrap();
    peer.settle(&client).await;
    assert_eq!(client.orphan_events(), SESSIONS - 1);
    check(&mut peer, &client, session, SESSIONS - 1 + 21, 0).await.check_complete(21);
    early.await.unwrap().check_complete(21);
}

#[tokio::test]
async fn events_of_a_session_beyond_those_that_are_kept_are_a_gap_of_unknown_number() {
    let (mut peer, client) = connected().await;
    let pending = client.create_session(cloud());
    let mut first = pending.events();
    let early = tokio::spawn(Reading::of(pending.events(), Pace::Slow));
    let (starting, create) = begin(&mut peer, pending).await;
    foreign(&mut peer, SESSIONS).await;
    peer.burst("c", 0..10).await;
    chosen(&mut peer, &create, "c").await;
    peer.burst("c", 10..20).await;
    let session = starting.await.unwrap().unwrap();
    let gap = first.next_ready().unwrap().unwrap_err();
    assert!(matches!(gap, Gap::Lost(Lost { missed: None, .. })), "{gap:?}");
    peer.settle(&client).await;
    // Ten of its own among them.
    assert_eq!(client.orphan_events(), SESSIONS + 10);
    let late = check(&mut peer, &client, session, SESSIONS + 21, 1).await;
    assert_eq!((late.delivered, late.missed), (11, 1));
    let early = early.await.unwrap();
    early.check(12);
    assert_eq!((early.delivered, early.uncounted), (11, 1));
}

#[tokio::test]
async fn a_session_of_which_events_were_refused_has_a_gap_though_later_ones_were_kept() {
    let (mut peer, client) = connected().await;
    let (one, create_one) = begin(&mut peer, client.create_session(cloud())).await;
    let (two, create_two) = begin(&mut peer, client.create_session(cloud())).await;
    peer.burst("one", 0..1).await;
    foreign(&mut peer, SESSIONS - 1).await;
    // There is no room for another session until the first is claimed.
    peer.burst("two", 0..3).await;
    chosen(&mut peer, &create_one, "one").await;
    let one = one.await.unwrap().unwrap();
    peer.burst("two", 3..5).await;
    chosen(&mut peer, &create_two, "two").await;
    let two = two.await.unwrap().unwrap();
    peer.settle(&client).await;
    let reading = Reading::begin(&two.events()).with_ids();
    let closed = peer.during("session.detach", two.disconnect()).await.unwrap();
    let reading = reading.through(closed.events(), Pace::Fast).await;
    assert_eq!(reading.ids.as_ref().unwrap(), &["n3", "n4", "start of two"]);
    assert_eq!(reading.uncounted, 1, "n0 to n2 are missing, and nothing says so: {reading:?}");
    let sent = 1 + (SESSIONS - 1) + 5 + 2;
    Books::of(sent)
        .session(&one.stats(), 0)
        .session(&closed.stats(), reading.uncounted)
        .client(&client)
        .check();
}

#[tokio::test]
async fn events_beyond_those_that_are_kept_are_a_gap_of_known_number() {
    let (mut peer, client) = connected().await;
    let (starting, create) = begin(&mut peer, client.create_session(cloud())).await;
    peer.burst("other", 0..10).await;
    peer.burst("c", 0..EVENTS).await;
    chosen(&mut peer, &create, "c").await;
    let session = starting.await.unwrap().unwrap();
    let reading = check(&mut peer, &client, session, EVENTS + 11, 0).await;
    assert_eq!((reading.delivered, reading.missed), (EVENTS - 10 + 1, 10));
    assert_eq!(client.orphan_events(), 10);
}

#[tokio::test]
async fn events_of_a_start_that_fails_or_is_cancelled_are_counted() {
    let (mut peer, client) = connected().await;
    let (starting, create) = begin(&mut peer, client.create_session(cloud())).await;
    peer.burst("c", 0..10).await;
    peer.refuse(&create, -32603, "no").await;
    let (_, pending) = starting.await.unwrap().unwrap_err().into_parts();
    assert_eq!(client.orphan_events(), 10);
    let mut starting = pending.start();
    let create = tokio::select! {
        _ = &mut starting => unreachable!("nobody has answered"),
        create = peer.expect("session.create") => create,
    };
    peer.burst("c", 10..30).await;
    peer.settle(&client).await;
    assert_eq!(client.orphan_events(), 10, "a start may still claim the others");
    let pending = starting.cancel();
    assert_eq!(client.orphan_events(), 30);
    chosen(&mut peer, &create, "c").await;
    assert_eq!(peer.expect("session.detach").await["params"]["sessionId"], "c");
    peer.settle(&client).await;
    Books::of(31).session(&pending.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn a_session_that_is_deleted_while_it_starts_claims_events_with_the_next_try() {
    let (mut peer, client) = connected().await;
    let (starting, create) = begin(&mut peer, client.create_session(cloud())).await;
    peer.answer(&create, r#"{"sessionId":"a"}"#).await;
    peer.send(
        r#"{"jsonrpc":"2.0","method":"session.lifecycle","params":{"type":"session.deleted","sessionId":"a"}}"#,
    )
    .await;
    let (error, pending) = starting.await.unwrap().unwrap_err().into_parts();
    assert_eq!(error.close_reason(), Some(&CloseReason::Deleted));
    assert_eq!(pending.close_reason(), None);
    let (starting, create) = begin(&mut peer, pending).await;
    peer.burst("b", 0..10).await;
    peer.event("b", &event("start", "session.start", r#"{"producer":"copilot-agent"}"#)).await;
    peer.answer(&create, r#"{"sessionId":"b"}"#).await;
    let session = starting.await.unwrap().unwrap();
    assert_eq!((session.id().as_str(), session.stats().published), ("b", 11));
    assert_eq!(client.orphan_events(), 0);
}

#[tokio::test]
async fn events_that_wait_for_a_claim_are_counted_when_the_connection_ends() {
    let (mut peer, client) = connected().await;
    let (starting, _) = begin(&mut peer, client.create_session(cloud())).await;
    foreign(&mut peer, SESSIONS + 5).await;
    peer.burst("c", 0..10).await;
    drop(peer);
    client.closed().await;
    let (_, pending) = starting.await.unwrap().unwrap_err().into_parts();
    Books::of(SESSIONS + 15).session(&pending.stats(), 0).client(&client).check();
}
