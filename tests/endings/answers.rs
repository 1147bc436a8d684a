//! Answers that can't be read, or come in another order than usual, around an end.

use copilot_sessions::{CloseReason, ErrorKind, ResumeConfig};
use tokio::time::{Duration, timeout};

use crate::{DETACHED, named, sent, with_session, yields};

const UNREADABLE: &str = r#"{"jsonrpc":"2.0","id":ID,"result":{}"#;

/// An older runtime's answer that can't be read.
#[tokio::test(start_paused = true)]
async fn an_answer_to_a_destroy_that_can_not_be_read_is_no_success() {
    let (mut peer, _client, session) = with_session().await;
    let ended = tokio::spawn(session.disconnect());
    let detach = peer.expect("session.detach").await;
    peer.refuse(&detach, -32601, "no such method").await;
    let destroy = peer.expect("session.destroy").await;
    peer.send(UNREADABLE.replace("ID", &destroy["id"].to_string())).await;
    ended.await.unwrap().map(|_| ()).unwrap_err();
}

/// The round trip behind an unloading: its answer is lost with an error without id.
#[tokio::test(start_paused = true)]
async fn an_unloading_whose_ping_is_lost_closes_the_log() {
    for lost in [
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse"}}"#,
        r#"{"jsonrpc":"2.0","result":{}}"#,
    ] {
        let (mut peer, _client, session) = with_session().await;
        peer.event("s", r#"{"id":"x1","type":"session.shutdown","data":{}}"#).await;
        let _ping = peer.expect("ping").await;
        peer.send(lost).await;
        yields().await;
        let closed = timeout(Duration::from_secs(3600), session.closed()).await;
        assert!(closed.is_ok(), "{lost}: an hour later the log of an unloaded session is open");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_deletion_beside_a_reconfiguration_detaches_nothing() {
    let (mut peer, client, mut session) = with_session().await;
    let id = session.id().clone();
    let reconfigured = tokio::spawn(async move {
        let r = session.reconfigure(ResumeConfig::new()).await;
        (r, session)
    });
    let resume = peer.expect("session.resume").await;
    let delete = {
        let (c, id) = (client.clone(), id.clone());
        tokio::spawn(async move { c.delete_session(&id).await })
    };
    let request = peer.expect("session.delete").await;
    peer.answer(&resume, r#"{"sessionId":"s"}"#).await;
    let (_, session) = reconfigured.await.unwrap();
    peer.refuse(&request, -32603, "busy").await;
    delete.await.unwrap().unwrap_err();
    peer.settle(&client).await;
    assert_eq!(session.close_reason(), None);
    assert_eq!(peer.waiting("session.detach"), 0, "detached an open session");
}

/// The runtime has resumed the session, says so in an unreadable way, and the session has ended meanwhile.
#[tokio::test(start_paused = true)]
async fn a_reconfiguration_with_an_unreadable_answer_behind_a_close_leaves_no_session_in_the_runtime()
 {
    for answer in [r#"{"sessionId":"s"}"#, "{}", r#"{"sessionId":5}"#, "null"] {
        let (mut peer, client, mut session) = with_session().await;
        let handle = session.handle();
        let reconfigured = tokio::spawn(async move {
            let r = session.reconfigure(ResumeConfig::new()).await;
            (r, session)
        });
        let resume = peer.expect("session.resume").await;
        let close = tokio::spawn(handle.close());
        let detach = peer.expect("session.detach").await;
        peer.answer(&detach, DETACHED).await;
        close.await.unwrap().unwrap();
        peer.answer(&resume, answer).await;
        let (_, _session) = reconfigured.await.unwrap();
        // Twice: the first may be sent before the answer is read.
        peer.settle(&client).await;
        peer.settle(&client).await;
        assert_eq!(
            peer.waiting("session.detach"),
            1,
            "{answer}: it stays loaded in the runtime"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_reconfigured_with_an_unreadable_answer_is_detached_again() {
    for answer in [r#"{"sessionId":"s"}"#, "{}"] {
        let (mut peer, _client, mut session) = with_session().await;
        // Given up; the runtime detaches it.
        let close = tokio::spawn(session.handle().close());
        let detach = peer.expect("session.detach").await;
        close.abort();
        let _ = close.await;
        peer.answer(&detach, DETACHED).await;
        yields().await;
        let (_, ()) = tokio::join!(session.reconfigure(ResumeConfig::new()), async {
            let resume = peer.expect("session.resume").await;
            peer.answer(&resume, answer).await;
        });
        let ended = tokio::spawn(session.disconnect());
        let told = timeout(Duration::from_secs(2), peer.expect("session.detach")).await;
        assert!(
            told.is_ok(),
            "{answer}: nothing was sent, the session stays loaded: {:?}",
            ended.await.unwrap().map(|_| ())
        );
    }
}

/// Two deletions at once, of which the one that deleted nothing is answered first.
#[tokio::test(start_paused = true)]
async fn a_deletion_that_was_told_owes_nothing_whichever_of_two_is_answered_first() {
    let (mut peer, client, session) = with_session().await;
    let id = session.id().clone();
    drop(session);
    peer.during("session.detach", async {}).await;
    let one = {
        let (c, id) = (client.clone(), id.clone());
        tokio::spawn(async move { c.delete_session(&id).await })
    };
    let first = peer.expect("session.delete").await;
    let two = {
        let (c, id) = (client.clone(), id.clone());
        tokio::spawn(async move { c.delete_session(&id).await })
    };
    let second = peer.expect("session.delete").await;
    let deleted = r#"{"jsonrpc":"2.0","method":"session.lifecycle","params":{"type":"session.deleted","sessionId":"s"}}"#;
    peer.send(deleted).await;
    peer.answer(&second, r#"{"success":false}"#).await;
    peer.answer(&first, r#"{"success":true}"#).await;
    assert!(one.await.unwrap().unwrap());
    assert!(!two.await.unwrap().unwrap());
    // A new one; then another client deletes it.
    let session = peer.start(client.create_session(named("s"))).await;
    peer.send(deleted).await;
    peer.settle(&client).await;
    assert_eq!(session.close_reason(), Some(CloseReason::Deleted));
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

/// An error without an id may be the answer to any request, and is the last that comes.
#[tokio::test(start_paused = true)]
async fn an_error_without_an_id_ends_the_wait_for_a_destroy() {
    let (mut peer, client, session) = with_session().await;
    let close = tokio::spawn(session.handle().close());
    let ended = tokio::spawn(session.disconnect());
    let detach = peer.expect("session.detach").await;
    peer.refuse(&detach, -32601, "no such method").await;
    let _destroy = peer.expect("session.destroy").await;
    yields().await;
    peer.send(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}"#).await;
    let error = ended.await.unwrap().unwrap_err();
    assert_ne!(*error.kind(), ErrorKind::TimedOut, "{error}");
    assert_ne!(*close.await.unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(sent(&mut peer, &client, "session.destroy").await, 0);
}

#[tokio::test(start_paused = true)]
async fn the_errors_of_a_stop_name_the_sessions() {
    let (mut peer, client, session) = with_session().await;
    let other = peer.start(client.create_session(named("t"))).await;
    let stop = crate::stopping(&client);
    let first = peer.expect("session.detach").await;
    let refused = first["params"]["sessionId"].as_str().unwrap().to_owned();
    peer.refuse(&first, -32603, "no").await;
    let error = stop.await.unwrap().unwrap_err();
    let texts: Vec<_> = error.errors().iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2);
    for id in ["s", "t"] {
        let own = texts.iter().find(|text| text.contains(&format!("session {id}")));
        let own = own.unwrap_or_else(|| panic!("{texts:?}"));
        assert_eq!(own.contains("within"), id != refused, "{own}");
    }
    drop((session, other));
}
