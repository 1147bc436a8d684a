//! What sessions that end leave behind, and what those that begin must not wait for.

use copilot_sessions::ResumeConfig;
use tokio::time::{Duration, Instant};

use crate::peer::event;
use crate::{DETACHED, connected, named, resumed, sent, with_session, yields};

#[tokio::test(start_paused = true)]
async fn a_shutdown_before_the_answer_to_a_start_is_not_about_its_session() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    peer.event("s", &event("1", "session.shutdown", "{}")).await;
    assert_eq!(sent(&mut peer, &client, "ping").await, 0);
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let session = starting.await.unwrap().unwrap();
    peer.settle(&client).await;
    assert_eq!(session.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_start_waits_for_the_answer_to_a_detach_and_no_longer() {
    let (mut peer, client, session) = with_session().await;
    let before = Instant::now();
    drop(session);
    let detach = peer.expect("session.detach").await;
    let starting = tokio::spawn(resumed(&client).start());
    yields().await;
    peer.answer(&detach, DETACHED).await;
    peer.answer_start().await;
    starting.await.unwrap().unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_reconfiguration_that_is_answered_right_behind_a_detach_leaves_nothing_loaded() {
    let (mut peer, client, mut session) = with_session().await;
    let handle = session.handle();
    let reconfiguring =
        tokio::spawn(async move { (session.reconfigure(ResumeConfig::new()).await, session) });
    let resume = peer.expect("session.resume").await;
    let closing = tokio::spawn(handle.close());
    let detach = peer.expect("session.detach").await;
    // Both are read before the close goes on.
    peer.answer(&detach, DETACHED).await;
    peer.answer(&resume, r#"{"sessionId":"s"}"#).await;
    closing.await.unwrap().unwrap();
    let (_, _session) = reconfiguring.await.unwrap();
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 1);
}
