//! Deletions: of whose session, and what a failed one leaves.

use copilot_sessions::{Client, CloseReason, ErrorKind, Result, SessionId};
use tokio::task::JoinHandle;
use tokio::time::{Duration, timeout};

use crate::peer::event;
use crate::{DETACHED, connected, lifecycle, named, resumed, sent, with_session, yields};

const DELETED: &str = r#"{"success":true}"#;

fn delete_in_a_task(client: &Client) -> JoinHandle<Result<bool>> {
    let client = client.clone();
    tokio::spawn(async move { client.delete_session(&SessionId::from("s")).await })
}

#[tokio::test(start_paused = true)]
async fn a_stale_owner_does_not_delete_the_session_that_was_resumed_since() {
    let (mut peer, client, session) = with_session().await;
    peer.during("session.detach", session.handle().close()).await.unwrap();
    let next = peer.start(resumed(&client)).await;
    let refused = timeout(Duration::from_secs(3600), session.delete()).await.expect("it asks");
    let error = refused.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Closed(CloseReason::Disconnected));
    assert_eq!(sent(&mut peer, &client, "session.delete").await, 0);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    assert_eq!(next.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_a_session_that_has_ended_can_delete_its_history() {
    let (mut peer, _client, session) = with_session().await;
    peer.during("session.detach", session.handle().close()).await.unwrap();
    let closed = peer.during("session.delete", session.delete()).await.unwrap();
    assert_eq!(*closed.reason(), CloseReason::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn the_notification_of_an_earlier_deletion_closes_no_session_that_was_created_since() {
    let (mut peer, client) = connected().await;
    peer.during("session.delete", client.delete_session(&SessionId::from("s"))).await.unwrap();
    let session = peer.start(client.create_session(named("s"))).await;
    lifecycle(&mut peer, "session.deleted").await;
    peer.settle(&client).await;
    assert_eq!(session.close_reason(), None);
    // The next one is about this session.
    lifecycle(&mut peer, "session.deleted").await;
    peer.settle(&client).await;
    assert_eq!(session.close_reason(), Some(CloseReason::Deleted));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_notification_came_first_owes_none() {
    let (mut peer, client, session) = with_session().await;
    let deleting = tokio::spawn(session.delete());
    let delete = peer.expect("session.delete").await;
    lifecycle(&mut peer, "session.deleted").await;
    peer.answer(&delete, DELETED).await;
    deleting.await.unwrap().unwrap();
    let next = peer.start(client.create_session(named("s"))).await;
    lifecycle(&mut peer, "session.deleted").await;
    assert_eq!(next.closed().await, CloseReason::Deleted);
}

#[tokio::test(start_paused = true)]
async fn a_notification_of_the_creation_settles_what_an_earlier_deletion_owes() {
    let (mut peer, client) = connected().await;
    peer.during("session.delete", client.delete_session(&SessionId::from("s"))).await.unwrap();
    let session = peer.start(client.create_session(named("s"))).await;
    lifecycle(&mut peer, "session.created").await;
    lifecycle(&mut peer, "session.deleted").await;
    assert_eq!(session.closed().await, CloseReason::Deleted);
}

/// The future that asked for it is gone, and the answer comes all the same.
#[tokio::test(start_paused = true)]
async fn a_deletion_that_was_given_up_owes_its_notification_too() {
    let (mut peer, client) = connected().await;
    let deleting = delete_in_a_task(&client);
    let delete = peer.expect("session.delete").await;
    deleting.abort();
    peer.answer(&delete, DELETED).await;
    peer.settle(&client).await;
    let session = peer.start(client.create_session(named("s"))).await;
    lifecycle(&mut peer, "session.deleted").await;
    peer.settle(&client).await;
    assert_eq!(session.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_start_waits_until_a_deletion_of_its_id_is_answered() {
    let (mut peer, client) = connected().await;
    let deleting = delete_in_a_task(&client);
    let delete = peer.expect("session.delete").await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    assert_eq!(sent(&mut peer, &client, "session.create").await, 0);
    // It is about the session before.
    lifecycle(&mut peer, "session.deleted").await;
    peer.answer(&delete, DELETED).await;
    peer.answer_start().await;
    assert!(deleting.await.unwrap().unwrap());
    assert_eq!(starting.await.unwrap().unwrap().close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_failed_deletion_leaves_the_session_as_it_was() {
    for answer in [None, Some(r#"{"success":false}"#)] {
        let (mut peer, client, session) = with_session().await;
        let deleting = tokio::spawn({
            let client = client.clone();
            async move { client.delete_session(&SessionId::from("s")).await }
        });
        let delete = peer.expect("session.delete").await;
        match answer {
            None => peer.refuse(&delete, -32603, "no").await,
            Some(answer) => peer.answer(&delete, answer).await,
        }
        assert_ne!(deleting.await.unwrap().ok(), Some(true));
        assert_eq!(sent(&mut peer, &client, "ping").await, 0);
        peer.event("s", &event("1", "k", "{}")).await;
        peer.settle(&client).await;
        assert_eq!((session.stats().published, session.close_reason()), (1, None));
        peer.event("s", &event("2", "session.shutdown", "{}")).await;
        let ping = peer.expect("ping").await;
        peer.answer(&ping, "{}").await;
        assert_eq!(session.closed().await, CloseReason::Shutdown);
    }
}

#[tokio::test(start_paused = true)]
async fn events_behind_a_shutdown_are_in_the_log_after_a_failed_deletion() {
    let (mut peer, client, session) = with_session().await;
    let deleting = delete_in_a_task(&client);
    let delete = peer.expect("session.delete").await;
    peer.event("s", &event("1", "session.shutdown", "{}")).await;
    peer.refuse(&delete, -32603, "no").await;
    deleting.await.unwrap().unwrap_err();
    peer.event("s", &event("2", "k", "{}")).await;
    yields().await;
    peer.settle(&client).await;
    assert_eq!((session.stats().published, client.orphan_events()), (2, 0));
    let ping = peer.expect("ping").await;
    peer.answer(&ping, "{}").await;
    assert_eq!(session.closed().await, CloseReason::Shutdown);
    // Its id is free.
    peer.start(resumed(&client)).await;
    assert_eq!(peer.waiting("ping"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_the_owner_that_is_never_answered_ends_with_the_limit() {
    let (mut peer, client, session) = with_session().await;
    let error = session.delete().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TimedOut);
    assert_eq!(*error.into_closed().reason(), CloseReason::Disconnected);
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, DETACHED).await;
    peer.settle(&client).await;
}
