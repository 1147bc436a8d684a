//! What can't be read, or is another's, is neither a success nor this message's answer.

use copilot_sessions::ErrorKind;
use futures::{StreamExt, TryStreamExt};

use crate::peer::Peer;
use crate::{accept, tell, with_session, yields};

const WORK: [(&str, &str); 5] = [
    ("user.message", r#"{"content":"?","messageId":"m"}"#),
    ("assistant.turn_start", r#"{"turnId":"0"}"#),
    ("assistant.message", r#"{"messageId":"a","content":"a","originatingMessageId":"m"}"#),
    ("assistant.turn_end", r#"{"turnId":"0"}"#),
    ("session.idle", "{}"),
];

/// Answers every query so, or that there is no such method.
pub(crate) async fn queried(mut peer: Peer, answer: Option<&str>) {
    let methods = ["session.queue.pendingItems", "session.metadata.isProcessing"];
    loop {
        let query = peer.expect_any(&methods).await;
        match answer {
            Some(answer) => peer.answer(&query, answer).await,
            None => peer.refuse(&query, -32601, "no").await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_whose_answer_can_not_be_read_ends_no_work() {
    for (items, processing) in [
        (r#"{"items":[]}"#, "{}"),
        (r#"{"items":[]}"#, "null"),
        (r#"{"items":[]}"#, r#"{"processing":"yes"}"#),
        (r#"{"items":5}"#, r#"{"processing":false}"#),
        (r#"{"items":[{"messageId":5}]}"#, r#"{"processing":false}"#),
    ] {
        let (mut peer, _client, session) = with_session().await;
        let asked = tokio::spawn(session.send_and_wait("?"));
        accept(&mut peer, "m").await;
        // A late idle of earlier work behind the message.
        tell(&mut peer, &[WORK[0], WORK[4]]).await;
        let query = peer.expect("session.queue.pendingItems").await;
        peer.answer(&query, items).await;
        yields().await;
        if peer.waiting("session.metadata.isProcessing") > 0 {
            let query = peer.expect("session.metadata.isProcessing").await;
            peer.answer(&query, processing).await;
        }
        yields().await;
        tell(&mut peer, &WORK[1..]).await;
        assert_eq!(asked.await.unwrap().unwrap().text(), "a", "{items} {processing}");
    }
}

/// An abort drops messages in the queue; whether this one is among them is not known then.
#[tokio::test(start_paused = true)]
async fn a_queued_message_is_not_aborted_by_an_unreadable_query() {
    let (mut peer, _client, session) = with_session().await;
    let asked = tokio::spawn(session.send_and_wait("?"));
    accept(&mut peer, "m").await;
    tell(&mut peer, &[("abort", r#"{"reason":"x"}"#)]).await;
    let q = peer.expect("session.queue.pendingItems").await;
    peer.answer(&q, r#"{"items":"many"}"#).await;
    yields().await;
    tell(&mut peer, &WORK).await;
    let ended = asked.await.unwrap().map(|a| a.text().to_owned());
    assert_eq!(ended.as_deref().ok(), Some("a"), "{ended:?}");
}

/// A runtime without message ids: a message is taken up by the first `user.message` with its text.
#[tokio::test(start_paused = true)]
async fn a_message_with_another_text_is_anothers_even_if_that_can_not_be_read() {
    for other in [r#"{"content":""}"#, r#"{"content":5}"#, r#"{"content":"other"}"#, "{}"] {
        let (mut peer, _client, session) = with_session().await;
        let asked = tokio::spawn(session.send_and_wait("mine"));
        accept(&mut peer, "m").await;
        let answers = [(other, "to the other"), (r#"{"content":"mine"}"#, "to me")];
        for (message, answer) in answers {
            let answer = format!(r#"{{"messageId":"a","content":"{answer}"}}"#);
            tell(&mut peer, &[("user.message", message), WORK[1]]).await;
            tell(&mut peer, &[("assistant.message", &*answer), WORK[3], WORK[4]]).await;
        }
        let answerer = tokio::spawn(queried(peer, None));
        assert_eq!(asked.await.unwrap().unwrap().text(), "to me", "{other}");
        answerer.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_user_message_hides_no_end() {
    for rest in [
        // A failure that names no message, and an idle.
        &[("session.error", r#"{"errorType":"quota","message":"no"}"#), ("session.idle", "{}")]
            [..],
        // Work without a text.
        &[
            ("assistant.turn_start", r#"{"turnId":"0"}"#),
            ("assistant.turn_end", r#"{"turnId":"0"}"#),
            ("session.idle", "{}"),
        ],
        // An answer that names no message.
        &[
            ("assistant.message", r#"{"messageId":"a","content":"a"}"#),
            ("assistant.turn_end", "{}"),
            ("session.idle", "{}"),
        ],
    ] {
        let (mut peer, _client, session) = with_session().await;
        let asked = tokio::spawn(session.send_and_wait("?"));
        accept(&mut peer, "m").await;
        tell(&mut peer, &[("user.message", r#"{"content":"?","messageId":7}"#)]).await;
        tell(&mut peer, rest).await;
        let answerer = tokio::spawn(queried(peer, Some(r#"{"items":[],"processing":false}"#)));
        let ended = asked.await.unwrap();
        assert!(!matches!(&ended, Err(e) if *e.kind() == ErrorKind::TimedOut), "{rest:?}");
        answerer.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_whose_idle_can_not_be_read_is_no_success() {
    for idle in [r#"{"aborted":"yes"}"#, r#"{"aborted":1}"#, "[]"] {
        let (mut peer, _client, session) = with_session().await;
        let asked = tokio::spawn(session.send_and_wait("?"));
        accept(&mut peer, "m").await;
        tell(
            &mut peer,
            &[
                WORK[0],
                WORK[1],
                ("abort", r#"{"reason":"user"}"#),
                WORK[3],
                ("session.idle", idle),
            ],
        )
        .await;
        let a = tokio::spawn(queried(peer, Some(r#"{"items":[],"processing":false}"#)));
        let ended = asked.await.unwrap().map(|a| a.text().to_owned());
        a.abort();
        assert_eq!(*ended.unwrap_err().kind(), ErrorKind::Aborted, "{idle}");
    }
}

/// A skill's message, whose source can't be read, on a runtime without ids.
#[tokio::test(start_paused = true)]
async fn a_source_that_can_not_be_read_costs_no_answer() {
    for source in ["5", r#""skill""#] {
        let (mut peer, _client, session) = with_session().await;
        let asked = tokio::spawn(session.send_and_wait("?"));
        accept(&mut peer, "m").await;
        tell(
            &mut peer,
            &[
                ("user.message", r#"{"content":"?"}"#),
                WORK[1],
                ("user.message", &format!(r#"{{"content":"skill","source":{source}}}"#)),
                ("assistant.message", r#"{"messageId":"a","content":"a"}"#),
                WORK[3],
                WORK[4],
            ],
        )
        .await;
        let a = tokio::spawn(queried(peer, None));
        let ended = asked.await.unwrap().map(|a| a.text().to_owned());
        a.abort();
        assert_eq!(ended.unwrap(), "a", "{source}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_item_of_a_turn_is_no_message_of_another_client() {
    let (mut peer, _client, session) = with_session().await;
    let turn = session.ask("?");
    let items = tokio::spawn(
        turn.map_ok(|it| (it.kind().to_owned(), it.raw_data().to_owned())).collect::<Vec<_>>(),
    );
    accept(&mut peer, "m").await;
    tell(&mut peer, &[WORK[0], WORK[1], WORK[4]]).await;
    let q = peer.expect("session.queue.pendingItems").await;
    peer.answer(&q, r#"{"items":[]}"#).await;
    let q = peer.expect("session.metadata.isProcessing").await;
    peer.answer(&q, r#"{"processing":true}"#).await;
    yields().await;
    tell(&mut peer, &[("user.message", r#"{"content":"other","messageId":"o"}"#)]).await;
    let items = items.await.unwrap();
    for item in items {
        let (kind, data) = item.unwrap();
        assert!(!data.contains(r#""o""#), "{kind} {data}");
    }
}

/// An error that does not end the work.
#[tokio::test(start_paused = true)]
async fn a_logged_error_and_a_late_idle_leave_the_session_busy() {
    let (mut peer, _client, session) = with_session().await;
    let asked = tokio::spawn(session.send_and_wait("?"));
    accept(&mut peer, "m").await;
    tell(&mut peer, &WORK).await;
    asked.await.unwrap().unwrap();
    // Another client's work: a logged error, a late idle of earlier work; then it goes on.
    tell(
        &mut peer,
        &[
            ("user.message", r#"{"content":"o","messageId":"o"}"#),
            ("assistant.turn_start", r#"{"turnId":"0"}"#),
            ("session.error", r#"{"errorType":"model_call","message":"retrying"}"#),
            ("session.idle", "{}"),
        ],
    )
    .await;
    yields().await;
    let asked = tokio::spawn(session.send_and_wait("?"));
    accept(&mut peer, "m").await;
    // The other's error, which names no message.
    tell(
        &mut peer,
        &[
            ("session.error", r#"{"errorType":"query","message":"the other's"}"#),
            ("session.idle", "{}"),
        ],
    )
    .await;
    tell(&mut peer, &WORK).await;
    let ended = asked.await.unwrap().map(|a| a.text().to_owned());
    assert_eq!(ended.as_deref().ok(), Some("a"), "{ended:?}");
}

/// Answered by the runtime itself, or refused by a hook. Whether the agent is at work decides whose an
/// error is that names no message.
#[tokio::test(start_paused = true)]
async fn work_without_a_turn_leaves_the_session_idle() {
    for events in [&[WORK[0], WORK[2], WORK[4]][..], &[WORK[0], WORK[4]]] {
        let (mut peer, _client, session) = with_session().await;
        assert!(!session.is_busy());
        let asked = tokio::spawn(session.send_and_wait("?"));
        accept(&mut peer, "m").await;
        tell(&mut peer, &WORK).await;
        asked.await.unwrap().unwrap();
        assert!(!session.is_busy());
        let asked = tokio::spawn(session.send_and_wait("?"));
        accept(&mut peer, "m").await;
        tell(&mut peer, &WORK[..1]).await;
        yields().await;
        assert!(session.is_busy());
        tell(&mut peer, &events[1..]).await;
        let answerer = tokio::spawn(queried(peer, Some(r#"{"items":[],"processing":false}"#)));
        asked.await.unwrap().unwrap();
        assert!(!session.is_busy());
        answerer.abort();
    }
}

/// A hook lets the agent go on, with a message of its own, or another client's message is next: the
/// agent's next message tells.
#[tokio::test(start_paused = true)]
async fn the_events_of_work_that_a_hook_continues_are_items_and_those_of_the_next_are_not() {
    const DELTA: (&str, &str) =
        ("assistant.message_delta", r#"{"messageId":"b","deltaContent":"b"}"#);
    for (origin, items, deltas) in [("m", 9, 2), ("h", 5, 0)] {
        let (mut peer, _client, session) = with_session().await;
        let turn = session.ask("?").map_ok(|event| event.kind().to_owned());
        let kinds = tokio::spawn(turn.try_collect::<Vec<_>>());
        accept(&mut peer, "m").await;
        tell(&mut peer, &WORK[..4]).await;
        let says =
            format!(r#"{{"messageId":"b","content":"b","originatingMessageId":"{origin}"}}"#);
        let next = ("user.message", r#"{"content":"go on","messageId":"h"}"#);
        tell(&mut peer, &[next, DELTA, ("assistant.message", &says)]).await;
        tell(&mut peer, &[DELTA, WORK[4]]).await;
        let kinds = kinds.await.unwrap().unwrap();
        let found = kinds.iter().filter(|kind| *kind == DELTA.0).count();
        assert_eq!((kinds.len(), found), (items, deltas), "{kinds:?}");
    }
}
