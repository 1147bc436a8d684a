//! Promises under unusual orders and inputs: what an attack on them has found, mended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::pedantic)] // Tests may panic.

mod endings;
mod handlers;
#[path = "../common/hostile/mod.rs"]
mod peer;
mod positions;
mod streams;
mod unusual;
mod wakers;

use std::time::Duration;

use copilot_sessions::events::{
    EventDraft, EventLines, EventLog, EventLogWriter, Lineage, LogBounds, Seq,
};
use copilot_sessions::{
    ActiveSession, AnySession, Client, ClientOptions, CloseReason, ErrorKind, ResumeConfig,
    SessionConfig, SessionId, Update,
};
use futures::{FutureExt, StreamExt};
use tokio::time::timeout;

use self::peer::{Peer, Wire, event, frame, usual};

const LIMIT: Duration = Duration::from_secs(3);

async fn connected() -> (Peer, Client) {
    Wire::Duplex.connect(ClientOptions::new()).await
}

fn named(id: &str) -> SessionConfig {
    SessionConfig::new().session_id(id)
}

async fn with_session() -> (Peer, Client, ActiveSession) {
    let (mut peer, client) = connected().await;
    let session = peer.start(client.create_session(named("s"))).await;
    (peer, client, session)
}

fn draft(id: u64) -> EventDraft {
    EventDraft::parse(&format!(r#"{{"id":"{id}","type":"k"}}"#))
}

async fn yields() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// How many requests of a method the client has sent by now.
async fn sent(peer: &mut Peer, client: &Client, method: &str) -> usize {
    yields().await;
    peer.settle(client).await;
    peer.waiting(method)
}

// ---- events

/// `Updates`: "Closed is the last item, unless the stream was cut with `until` before the log's end".
#[test]
fn updates_that_are_cut_before_the_end_do_not_say_closed() {
    let log = EventLog::from_events((1..=5).map(draft));
    let mut updates = log.events_until(Seq::new(2).unwrap()).updates();
    let mut items = Vec::new();
    while let Some(item) = updates.next().now_or_never().unwrap() {
        items.push(item);
    }
    assert!(!items.iter().any(|item| matches!(item, Update::Closed(_))), "{items:?}");
}

/// "A cursor of another log, of an earlier opening or of the future is answered by a gap."
#[test]
fn a_cursor_of_a_later_opening_is_no_cursor_of_this_one() {
    let first = Lineage::new();
    // The machine that went on: opened again at number 3, and wrote other events 3, 4.
    let later = first.clone().reopened_at(Seq::new(3).unwrap());
    let mut writer = EventLogWriter::with_lineage(LogBounds::default(), later);
    writer.append(draft(103)).unwrap();
    writer.append(draft(104)).unwrap();
    let cursor = writer.log().end();
    assert_eq!((cursor.epoch(), cursor.next().get()), (2, 5));
    // A copy of the log that knows the first opening alone, with its own 3 and 4.
    let mut copy = EventLogWriter::with_lineage(LogBounds::default(), first);
    for id in 1..=6 {
        copy.append(draft(id)).unwrap();
    }
    let item = copy.log().events_from(cursor).next().now_or_never().unwrap().unwrap();
    assert!(item.is_err(), "{item:?}");
}

/// Were each line read to the end of the file, this would not end.
#[test]
fn lines_of_open_brackets_are_read_once() {
    let file = "[\n".repeat(1_000_000);
    assert_eq!(EventLines::new(file.as_bytes()).count(), 1_000_000);
}

/// Debug of an event prints no payload: nor should that of a torn one.
#[test]
fn debug_of_a_line_error_shows_no_payload() {
    let file = br#"{"id":"1","type":"k","data":{"token":"hunter2","#;
    let read: Vec<_> = EventLines::new(file).collect();
    assert!(!format!("{read:?}").contains("hunter2"), "{read:?}");
}

// ---- capabilities, reconfigure

const CHANGED: &str = r#"{"ui":{"elicitation":true}}"#;

/// "What the runtime reported at the start, with the changes that it has announced since."
#[tokio::test]
async fn a_change_of_capabilities_right_behind_the_answer_to_the_start_is_not_undone() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    let id = &create["id"];
    let answer = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"sessionId":"s","capabilities":{{"ui":{{"elicitation":false}}}}}}}}"#
    );
    let mut bytes = frame(answer);
    bytes.extend(frame(usual("s", &event("c", "capabilities.changed", CHANGED))));
    peer.write(bytes).await;
    let session = starting.await.unwrap().unwrap();
    peer.settle(&client).await;
    assert_eq!(session.stats().published, 1);
    assert!(session.capabilities().ui.elicitation);
}

#[tokio::test]
async fn a_change_of_capabilities_right_behind_a_reconfiguration_is_not_undone() {
    let (mut peer, client, mut session) = with_session().await;
    let (outcome, ()) = tokio::join!(session.reconfigure(ResumeConfig::new()), async {
        let resume = peer.expect("session.resume").await;
        let id = &resume["id"];
        let mut bytes =
            frame(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"sessionId":"s"}}}}"#));
        bytes.extend(frame(usual("s", &event("c", "capabilities.changed", CHANGED))));
        peer.write(bytes).await;
    });
    outcome.unwrap();
    peer.settle(&client).await;
    assert_eq!(session.stats().published, 1);
    assert!(session.capabilities().ui.elicitation);
}

/// "A call ends with its session."
#[tokio::test]
async fn a_reconfiguration_ends_with_its_session() {
    let (mut peer, _client, mut session) = with_session().await;
    let handle = session.handle();
    let work = tokio::spawn(async move {
        session.reconfigure(ResumeConfig::new().register_interest("x")).await
    });
    peer.answer_start().await;
    let _never_answered = peer.expect("session.eventLog.registerInterest").await;
    peer.during("session.detach", handle.close()).await.unwrap();
    let ended = timeout(LIMIT, work).await.expect("reconfigure hangs").unwrap();
    assert!(ended.unwrap_err().close_reason().is_some());
}

/// "The runtime ended the session during the start" is an error of the start.
#[tokio::test]
async fn a_start_ends_when_the_runtime_deletes_the_session() {
    let (mut peer, client) = connected().await;
    let starting =
        tokio::spawn(client.create_session(named("s").register_interest("x")).start());
    peer.answer_start().await;
    let _never_answered = peer.expect("session.eventLog.registerInterest").await;
    peer.send(r#"{"jsonrpc":"2.0","method":"session.lifecycle","params":{"type":"session.deleted","sessionId":"s"}}"#).await;
    let ended = timeout(LIMIT, starting).await.expect("the start hangs").unwrap();
    ended.unwrap_err();
}

/// "What this program begins to end it ends": a resume behind a detach is a session that nobody has.
#[tokio::test]
async fn a_reconfiguration_behind_a_detach_leaves_no_session_in_the_runtime() {
    let (mut peer, client, mut session) = with_session().await;
    let close = tokio::spawn(session.handle().close());
    let detach = peer.expect("session.detach").await;
    let (outcome, ()) = tokio::join!(
        async {
            timeout(LIMIT, session.reconfigure(ResumeConfig::new())).await.expect("hangs")
        },
        async {
            assert_eq!(sent(&mut peer, &client, "session.resume").await, 0);
            peer.answer(&detach, r#"{"success":true}"#).await;
        }
    );
    close.await.unwrap().unwrap();
    assert!(matches!(outcome.unwrap_err().kind(), ErrorKind::Closed(_)));
    drop(session);
    // Nothing was resumed, so that nothing more is to be detached.
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 0);
}

// ---- endings

/// `delete_session` closes "the log of a session that this client has under the id": not of the next.
#[tokio::test]
async fn a_deletion_closes_no_session_that_was_created_after_it() {
    let (mut peer, client, session) = with_session().await;
    let deleting = tokio::spawn({
        let client = client.clone();
        async move { client.delete_session(&SessionId::from("s")).await }
    });
    let delete = peer.expect("session.delete").await;
    peer.send(r#"{"jsonrpc":"2.0","method":"session.lifecycle","params":{"type":"session.deleted","sessionId":"s"}}"#).await;
    assert_eq!(session.closed().await, CloseReason::Deleted);
    // Whoever waited for that creates it anew.
    let next = peer.start(client.create_session(named("s"))).await;
    peer.answer(&delete, r#"{"success":true}"#).await;
    assert!(deleting.await.unwrap().unwrap());
    assert_eq!(next.close_reason(), None);
}

/// A session that the runtime has unloaded frees its id.
#[tokio::test]
async fn an_id_is_free_when_a_deletion_failed_and_the_runtime_has_unloaded_the_session() {
    let (mut peer, client, session) = with_session().await;
    let deleting = tokio::spawn({
        let client = client.clone();
        async move { client.delete_session(&SessionId::from("s")).await }
    });
    let delete = peer.expect("session.delete").await;
    peer.event("s", &event("1", "session.shutdown", "{}")).await;
    peer.settle(&client).await;
    peer.refuse(&delete, -32603, "no").await;
    deleting.await.unwrap().unwrap_err();
    let ping = peer.expect("ping").await;
    peer.answer(&ping, "{}").await;
    assert_eq!(session.closed().await, CloseReason::Shutdown);
    let (resumed, ()) =
        tokio::join!(client.resume_session("s", ResumeConfig::new()).start(), async {
            let _ = timeout(Duration::from_millis(300), peer.answer_start()).await;
        });
    resumed.unwrap();
}

/// "An ending always tells the runtime": a session that was not deleted is still loaded.
#[tokio::test]
async fn a_session_whose_deletion_was_refused_is_detached() {
    for answer in [None, Some(r#"{"success":false}"#)] {
        let (mut peer, client, session) = with_session().await;
        let deleting = tokio::spawn(session.delete());
        let delete = peer.expect("session.delete").await;
        match answer {
            None => peer.refuse(&delete, -32603, "no").await,
            Some(answer) => peer.answer(&delete, answer).await,
        }
        let detach = timeout(Duration::from_millis(500), peer.expect("session.detach")).await;
        assert!(detach.is_ok(), "closed here, and loaded in the runtime: {answer:?}");
        peer.answer(&detach.unwrap(), "{}").await;
        deleting.await.unwrap().unwrap_err();
        drop(client);
    }
}

/// A deletion that failed deleted nothing.
#[tokio::test]
async fn a_session_whose_deletion_was_refused_does_not_say_deleted() {
    let (mut peer, _client, session) = with_session().await;
    let deleting = tokio::spawn(session.delete());
    let delete = peer.expect("session.delete").await;
    peer.refuse(&delete, -32603, "no").await;
    let closed = deleting.await.unwrap().unwrap_err().into_closed();
    assert_ne!(closed.reason(), &CloseReason::Deleted);
}

// ---- AnySession

/// `Session<Closed>::reason` is the log's.
#[tokio::test]
async fn a_pending_session_that_is_ended_in_place_has_the_reason_of_its_log() {
    let (_peer, client) = connected().await;
    let mut session = AnySession::from(client.create_session(named("s")));
    session.disconnect().await.unwrap();
    let closed = session.as_closed().unwrap();
    assert_eq!(Some(closed.reason()), session.close_reason().as_ref());
}

/// "If the runtime ended it before this program did, this is that earlier reason."
#[tokio::test]
async fn a_dropped_disconnect_in_place_leaves_the_reason_of_the_log() {
    let (mut peer, client, session) = with_session().await;
    let mut session = AnySession::from(session);
    let mut disconnect = Box::pin(session.disconnect());
    assert!(disconnect.as_mut().now_or_never().is_none());
    peer.expect("session.detach").await;
    peer.send(r#"{"jsonrpc":"2.0","method":"session.lifecycle","params":{"type":"session.deleted","sessionId":"s"}}"#).await;
    peer.settle(&client).await;
    drop(disconnect);
    let closed = session.as_closed().unwrap();
    assert_eq!(Some(closed.reason()), session.close_reason().as_ref());
}

// ---- starts

/// "Whatever ends a start (… a malformed or wrong answer …) one guard detaches what was started."
#[tokio::test]
async fn a_session_whose_start_was_answered_malformed_is_detached() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    peer.answer(&create, "{}").await;
    starting.await.unwrap().unwrap_err();
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 1);
}

/// "After the first two only a new client can start sessions": after this one, the session itself.
#[tokio::test(start_paused = true)] // The detach of the first try is not answered.
async fn a_session_that_the_runtime_deleted_during_its_start_can_be_started_again() {
    let (mut peer, client) = connected().await;
    let starting = tokio::spawn(client.create_session(named("s")).start());
    let create = peer.expect("session.create").await;
    peer.send(r#"{"jsonrpc":"2.0","method":"session.lifecycle","params":{"type":"session.deleted","sessionId":"s"}}"#).await;
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let error = starting.await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed(_)));
    let (again, ()) = tokio::join!(error.into_pending().start(), peer.answer_start());
    again.unwrap();
}

/// The same for an unloading between the answer and the end of the start.
#[tokio::test(start_paused = true)] // The detach of the first try is not answered.
async fn a_session_that_the_runtime_unloaded_during_its_start_can_be_started_again() {
    let (mut peer, client) = connected().await;
    let starting =
        tokio::spawn(client.create_session(named("s").register_interest("x")).start());
    peer.answer_start().await;
    let interest = peer.expect("session.eventLog.registerInterest").await;
    peer.event("s", &event("1", "session.shutdown", "{}")).await;
    let ping = peer.expect("ping").await;
    peer.answer(&ping, "{}").await;
    peer.refuse(&interest, -32603, "Session not found").await;
    let error = starting.await.unwrap().unwrap_err();
    peer.settle(&client).await;
    yields().await;
    let retry = tokio::spawn(error.into_pending().start());
    peer.answer_start().await;
    let interest = peer.expect("session.eventLog.registerInterest").await;
    peer.answer(&interest, "{}").await;
    let session = retry.await.unwrap().unwrap();
    // A later unloading is that of this activation, and ends it.
    peer.event("s", &event("2", "session.shutdown", "{}")).await;
    let ping = peer.expect("ping").await;
    peer.answer(&ping, "{}").await;
    peer.settle(&client).await;
    assert_eq!(session.close_reason(), Some(CloseReason::Shutdown));
}

// ---- wait_for

/// "Looks at events that arrive after this call", and a gap is an error.
#[tokio::test]
async fn an_event_that_came_after_the_call_and_left_before_the_first_poll_is_not_waited_for_in_silence()
 {
    let options = ClientOptions::new().log_bounds(LogBounds::default().max_events(4));
    let (mut peer, client) = Wire::Duplex.connect(options).await;
    let session = peer.start(client.create_session(named("s"))).await;
    let wait = session.wait_for(|event| event.id() == "n0");
    peer.burst("s", 0..50).await;
    peer.settle(&client).await;
    let waited = timeout(Duration::from_millis(500), wait).await.expect("waits in silence");
    assert!(matches!(waited.unwrap_err().kind(), ErrorKind::Gap(_)));
}
