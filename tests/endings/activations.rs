//! One id, one activation after another: the next begins when the runtime has let go of the last.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use copilot_sessions::session::Start;
use copilot_sessions::{
    Client, ClientOptions, CloseReason, ErrorKind, ResumeConfig, SessionConfig,
};
use futures::FutureExt;
use serde_json::json;
use tokio::time::{Duration, Instant};

use crate::peer::event;
use crate::{
    DETACHED, connected, connected_with, named, resumed, sent, stopping, with_session,
    with_session_and, yields,
};

#[tokio::test(start_paused = true)]
async fn a_resume_is_sent_once_the_detach_of_the_dropped_session_is_answered() {
    let (mut peer, client, session) = with_session().await;
    drop(session);
    let detach = peer.expect("session.detach").await;
    let starting = tokio::spawn(resumed(&client).start());
    assert_eq!(sent(&mut peer, &client, "session.resume").await, 0);
    peer.answer(&detach, DETACHED).await;
    peer.answer_start().await;
    assert_eq!(starting.await.unwrap().unwrap().close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn what_comes_before_the_answer_to_the_detach_is_not_the_next_sessions() {
    let (mut peer, client, session) = with_session().await;
    let old = session.log().clone();
    drop(session);
    let detach = peer.expect("session.detach").await;
    let starting = tokio::spawn(resumed(&client).start());
    yields().await;
    peer.event("s", &event("1", "session.idle", "{}")).await;
    peer.event("s", &event("2", "session.shutdown", "{}")).await;
    peer.settle(&client).await;
    peer.answer(&detach, DETACHED).await;
    peer.answer_start().await;
    let session = starting.await.unwrap().unwrap();
    peer.event("s", &event("3", "session.resume", "{}")).await;
    peer.settle(&client).await;
    assert_eq!(session.stats().published, 1);
    assert_eq!((old.stats().published, client.orphan_events()), (0, 2));
    assert_eq!((session.close_reason(), peer.waiting("ping")), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn a_start_goes_on_when_the_detach_is_not_answered_in_time() {
    let limit = Duration::from_secs(7);
    let options = ClientOptions::new().detach_answer_timeout(limit);
    let (mut peer, client, session) = with_session_and(options).await;
    drop(session);
    let _unanswered = peer.expect("session.detach").await;
    let before = Instant::now();
    let session = peer.start(resumed(&client)).await;
    assert_eq!(before.elapsed(), limit);
    // Nor does the next one wait again for the same.
    peer.during("session.detach", session.disconnect()).await.unwrap();
    peer.start(resumed(&client)).await;
    assert_eq!(before.elapsed(), limit);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_cancelled_while_it_waits_leaves_nothing_behind() {
    let (mut peer, client, session) = with_session().await;
    drop(session);
    let detach = peer.expect("session.detach").await;
    let mut start = resumed(&client).start();
    assert!(futures::poll!(&mut start).is_pending());
    let error = resumed(&client).start().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::SessionInUse);
    let pending = start.cancel();
    let mut second = resumed(&client).start();
    assert!(futures::poll!(&mut second).is_pending());
    drop(second);
    peer.answer(&detach, DETACHED).await;
    peer.settle(&client).await;
    assert_eq!(sent(&mut peer, &client, "session.resume").await, 0);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    peer.start(pending).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_refuses_a_start_that_waits_and_detaches_nothing_for_it() {
    let (mut peer, client, session) = with_session().await;
    drop(session);
    let detach = peer.expect("session.detach").await;
    let starting = tokio::spawn(resumed(&client).start());
    yields().await;
    let stop = stopping(&client);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    peer.answer(&detach, DETACHED).await;
    stop.await.unwrap().unwrap();
    let error = starting.await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Closed(CloseReason::ClientStopped));
    assert_eq!(peer.waiting("session.resume"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_waits_ends_with_the_connection() {
    let (mut peer, client, session) = with_session().await;
    drop(session);
    peer.expect("session.detach").await;
    let starting = tokio::spawn(resumed(&client).start());
    yields().await;
    let before = Instant::now();
    drop(peer);
    let error = starting.await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed(CloseReason::ConnectionLost(_))));
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_older_runtime_has_let_go_of_an_id_when_the_destroy_is_answered() {
    let (mut peer, client, session) = with_session().await;
    drop(session);
    let detach = peer.expect("session.detach").await;
    let starting = tokio::spawn(resumed(&client).start());
    yields().await;
    peer.refuse(&detach, -32601, "Unhandled method session.detach").await;
    let destroy = peer.expect("session.destroy").await;
    assert_eq!(sent(&mut peer, &client, "session.resume").await, 0);
    peer.answer(&destroy, DETACHED).await;
    peer.answer_start().await;
    starting.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_start_waits_until_one_that_was_given_up_is_taken_back() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    starting.abort();
    yields().await;
    let second = tokio::spawn(client.create_session(named("s")).start());
    assert_eq!(sent(&mut peer, &client, "session.create").await, 0);
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let detach = peer.expect("session.detach").await;
    assert_eq!(sent(&mut peer, &client, "session.create").await, 0);
    peer.answer(&detach, DETACHED).await;
    peer.answer_start().await;
    second.await.unwrap().unwrap();
}

/// The runtime takes longer for the first start than the second one waits.
#[tokio::test(start_paused = true)]
async fn a_cancelled_start_that_was_answered_late_is_detached_when_the_next_one_fails() {
    let options = ClientOptions::new().detach_answer_timeout(Duration::from_secs(1));
    let (mut peer, client) = connected_with(options).await;
    let mut first = client.create_session(named("s")).start();
    let create = tokio::select! {
        _ = &mut first => unreachable!(),
        create = peer.expect("session.create") => create,
    };
    let second = tokio::spawn(first.cancel().start());
    let again = peer.expect("session.create").await;
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    peer.settle(&client).await;
    assert_eq!(peer.waiting("session.detach"), 0, "the second start may want it");
    peer.refuse(&again, -32603, "session s exists").await;
    second.await.unwrap().unwrap_err();
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_disconnected_can_be_resumed_at_once() {
    let (mut peer, client, session) = with_session().await;
    let before = Instant::now();
    peer.during("session.detach", session.disconnect()).await.unwrap();
    let session = peer.start(resumed(&client)).await;
    peer.during("session.detach", session.handle().close()).await.unwrap();
    peer.start(resumed(&client)).await;
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_that_is_never_answered_ends_with_the_limit() {
    let limit = Duration::from_secs(3);
    let options = ClientOptions::new().stop_answer_timeout(limit);
    let (mut peer, client, session) = with_session_and(options).await;
    let before = Instant::now();
    let error = session.disconnect().await.unwrap_err();
    assert_eq!((error.kind(), before.elapsed()), (&ErrorKind::TimedOut, limit));
    assert_eq!(*error.into_closed().reason(), CloseReason::Disconnected);
    // The runtime may still have it: a resume waits for the answer that is to come.
    let detach = peer.expect("session.detach").await;
    let starting = tokio::spawn(resumed(&client).start());
    assert_eq!(sent(&mut peer, &client, "session.resume").await, 0);
    peer.answer(&detach, DETACHED).await;
    peer.answer_start().await;
    starting.await.unwrap().unwrap();
}

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

/// Tries to resume the session `s` as soon as it is woken.
struct Resumes(Client, Mutex<Option<Pin<Box<Start>>>>);

impl Wake for Resumes {
    fn wake(self: Arc<Self>) {
        let mut start = Box::pin(resumed(&self.0).start());
        assert!(start.as_mut().now_or_never().is_none());
        *self.1.lock().unwrap() = Some(start);
    }
}

#[tokio::test(start_paused = true)]
async fn who_learns_of_a_drop_first_resumes_behind_its_detach() {
    let (mut peer, client, session) = with_session().await;
    let resumes = Arc::new(Resumes(client, Mutex::default()));
    let mut closed = Box::pin(session.closed());
    let waker = Waker::from(Arc::clone(&resumes));
    assert!(closed.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(session);
    let detach = peer.expect_any(&["session.detach", "session.resume"]).await;
    assert_eq!(detach["method"], "session.detach");
    peer.answer(&detach, DETACHED).await;
    let start = resumes.1.lock().unwrap().take().unwrap();
    let starting = tokio::spawn(start);
    peer.answer_start().await;
    assert_eq!(starting.await.unwrap().unwrap().close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_stop_detaches_what_is_being_started_under_an_id_of_the_runtimes_choice() {
    let (mut peer, client) = connected().await;
    let config = SessionConfig::new().cloud(json!({}));
    let starting = tokio::spawn(client.create_session(config).start());
    let create = peer.expect("session.create").await;
    peer.answer(&create, r#"{"sessionId":"c"}"#).await;
    yields().await;
    let stop = stopping(&client);
    let detach = peer.expect("session.detach").await;
    assert_eq!(detach["params"]["sessionId"], "c");
    peer.answer(&detach, DETACHED).await;
    stop.await.unwrap().unwrap();
    starting.await.unwrap().unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_to_a_reconfiguration_leaves_the_session_that_has_the_id_since() {
    let (mut peer, client, mut session) = with_session().await;
    let handle = session.handle();
    let reconfiguring =
        tokio::spawn(async move { session.reconfigure(ResumeConfig::new()).await });
    let late = peer.expect("session.resume").await;
    peer.during("session.detach", handle.close()).await.unwrap();
    reconfiguring.await.unwrap().unwrap_err();
    let next = peer.start(resumed(&client)).await;
    peer.answer(&late, r#"{"sessionId":"s"}"#).await;
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
    assert_eq!(next.close_reason(), None);
}

/// Which of the two the runtime did last is not known, so that what it loaded anew is ended too.
#[tokio::test(start_paused = true)]
async fn an_older_runtime_is_asked_twice_when_a_reconfiguration_is_answered_during_the_destroy()
{
    let (mut peer, client, mut session) = with_session().await;
    let handle = session.handle();
    let reconfiguring =
        tokio::spawn(async move { session.reconfigure(ResumeConfig::new()).await });
    let resume = peer.expect("session.resume").await;
    let closing = tokio::spawn(handle.close());
    let detach = peer.expect("session.detach").await;
    peer.refuse(&detach, -32601, "no").await;
    let destroy = peer.expect("session.destroy").await;
    peer.answer(&resume, r#"{"sessionId":"s"}"#).await;
    let again = peer.expect("session.detach").await;
    peer.refuse(&again, -32601, "no").await;
    assert_eq!(sent(&mut peer, &client, "session.destroy").await, 1);
    peer.answer(&destroy, DETACHED).await;
    closing.await.unwrap().unwrap();
    let _ = reconfiguring.await.unwrap();
}
