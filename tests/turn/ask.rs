//! `ask`: the events of one message's own work, and its answer.

use std::time::Duration;

use copilot_sessions::events::Text;
use copilot_sessions::{ErrorKind, Event, EventStreamExt, Message, Result};
use futures::stream::FusedStream;
use futures::{FutureExt, StreamExt, TryStreamExt, poll};

use crate::peer::Peer;
use crate::{accept, tell, tell_one, with_session};

const USER: (&str, &str) = ("user.message", r#"{"content":"?","messageId":"m"}"#);
const START: (&str, &str) = ("assistant.turn_start", r#"{"turnId":"0"}"#);
const END: (&str, &str) = ("assistant.turn_end", r#"{"turnId":"0"}"#);
const IDLE: (&str, &str) = ("session.idle", "{}");
const ANSWER: (&str, &str) =
    ("assistant.message", r#"{"messageId":"a","content":"a","originatingMessageId":"m"}"#);

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::kind).collect()
}

/// Another client's message, from its beginning to its end.
async fn another(peer: &mut Peer) {
    let answer = r#"{"messageId":"b","content":"b","originatingMessageId":"n"}"#;
    let events = [
        ("user.message", r#"{"content":"!","messageId":"n"}"#),
        START,
        ("assistant.message", answer),
        END,
        IDLE,
    ];
    tell(peer, &events).await;
}

#[tokio::test]
async fn the_items_are_the_events_of_the_messages_own_work() {
    let (mut peer, client, session) = with_session().await;
    let turn = session.ask("?");
    let (events, ()) = tokio::join!(turn.try_collect::<Vec<_>>(), async {
        accept(&mut peer, "m").await;
        tell(&mut peer, &[("session.info", "{}")]).await;
        another(&mut peer).await;
        tell(&mut peer, &[USER, START, ("unknown", "{}")]).await;
        tell_one(&mut peer, r#""type":"assistant.message","agentId":"x","data":{}"#).await;
        tell(&mut peer, &[ANSWER, END, IDLE, ("session.info", "{}")]).await;
        another(&mut peer).await;
    });
    let expected = [
        "user.message",
        "assistant.turn_start",
        "unknown",
        "assistant.message",
        "assistant.message",
        "assistant.turn_end",
        "session.idle",
    ];
    assert_eq!(kinds(&events.unwrap()), expected);
    drop(client);
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll_and_messages_go_in_the_order_of_first_polls() {
    let (mut peer, client, session) = with_session().await;
    let (mut first, mut second) = (session.ask("1"), session.ask("2"));
    peer.settle(&client).await;
    assert_eq!(peer.waiting("session.send"), 0);
    assert!(poll!(second.next()).is_pending());
    assert!(poll!(first.next()).is_pending());
    assert_eq!(peer.expect("session.send").await["params"]["prompt"], "2");
    assert_eq!(peer.expect("session.send").await["params"]["prompt"], "1");
    assert_eq!(first.message_id(), None);
}

#[tokio::test]
async fn a_stream_that_was_begun_goes_on_as_the_answer() {
    let (mut peer, _client, session) = with_session().await;
    let mut turn = session.ask("?");
    let (first, ()) = tokio::join!(turn.next(), async {
        accept(&mut peer, "m").await;
        tell(&mut peer, &[USER, START, ANSWER, END, IDLE]).await;
    });
    assert_eq!(first.unwrap().unwrap().kind(), "user.message");
    assert_eq!(turn.message_id().unwrap().as_str(), "m");
    assert!(!turn.is_terminated());
    let answer = turn.await.unwrap();
    assert_eq!((answer.text(), answer.end.kind()), ("a", "session.idle"));
}

#[tokio::test]
async fn a_failure_is_the_last_item_and_the_error_of_the_future() {
    let (mut peer, _client, session) = with_session().await;
    let error = r#"{"errorType":"quota","errorCode":"quota_exceeded","message":"none left","statusCode":402.0,"retryAfterSeconds":1.5}"#;
    let mut turn = session.ask("?");
    let (items, ()) = tokio::join!(turn.by_ref().collect::<Vec<Result<Event>>>(), async {
        accept(&mut peer, "m").await;
        tell(&mut peer, &[USER, START, ("session.error", error), IDLE]).await;
    });
    assert_eq!(items.len(), 4);
    let last = items.last().unwrap().as_ref().unwrap_err();
    assert!(turn.is_terminated());
    assert!(turn.next().await.is_none());
    let again = turn.await.unwrap_err();
    for error in [last, &again] {
        assert_eq!(*error.kind(), ErrorKind::TurnFailed("quota".into()));
        let failure = error.turn_failure().unwrap();
        assert_eq!(
            (failure.error_code(), failure.status_code()),
            (Some("quota_exceeded"), Some(402))
        );
        assert_eq!(failure.retry_after(), Some(Duration::from_millis(1500)));
        assert_eq!(failure.event().id(), error.event().unwrap().id());
        let text = std::error::Error::source(error).unwrap().to_string();
        assert_eq!(text, "none left (status 402)");
    }
}

#[tokio::test]
async fn a_message_that_is_refused_ends_the_turn_with_that_error() {
    let (mut peer, _client, session) = with_session().await;
    let mut turn = session.ask("?");
    let (item, ()) = tokio::join!(turn.next(), async {
        let send = peer.expect("session.send").await;
        peer.refuse(&send, -32603, "no").await;
    });
    assert_eq!(*item.unwrap().unwrap_err().kind(), ErrorKind::Rpc(-32603));
    assert_eq!(*turn.await.unwrap_err().kind(), ErrorKind::Rpc(-32603));
}

#[tokio::test]
async fn dropping_a_turn_aborts_nothing_and_abort_does() {
    let (mut peer, client, session) = with_session().await;
    let mut turn = session.ask("?");
    assert!(turn.next().now_or_never().is_none());
    accept(&mut peer, "m").await;
    drop(turn);
    peer.settle(&client).await;
    assert_eq!(peer.waiting("session.abort"), 0);
    let mut turn = session.ask("?");
    let (outcome, ()) = tokio::join!(
        async {
            turn.next().await.unwrap().unwrap();
            turn.abort().await.unwrap();
            turn.await
        },
        async {
            accept(&mut peer, "m").await;
            tell(&mut peer, &[USER, START]).await;
            let abort = peer.expect("session.abort").await;
            peer.answer(&abort, "{}").await;
            tell(&mut peer, &[("abort", "{}"), END, ("session.idle", r#"{"aborted":true}"#)])
                .await;
        }
    );
    assert_eq!(*outcome.unwrap_err().kind(), ErrorKind::Aborted);
}

#[tokio::test]
async fn a_turn_of_a_steering_message_is_the_rest_of_the_work_that_it_changes() {
    let (mut peer, _client, session) = with_session().await;
    let mut first = session.ask("?");
    let mut steering = session.ask(Message::new("also").immediate());
    let steered =
        ("user.message", r#"{"content":"also","messageId":"n","delivery":"steering"}"#);
    let (events, ()) = tokio::join!(
        async {
            first.next().await.unwrap().unwrap();
            steering.by_ref().try_collect::<Vec<_>>().await.unwrap()
        },
        async {
            accept(&mut peer, "m").await;
            tell(&mut peer, &[USER, START]).await;
            accept(&mut peer, "n").await;
            tell(&mut peer, &[steered, ANSWER, END, IDLE]).await;
        }
    );
    let expected = ["user.message", "assistant.message", "assistant.turn_end", "session.idle"];
    assert_eq!(kinds(&events), expected);
    assert_eq!(steering.await.unwrap().text(), "a");
    assert_eq!(first.await.unwrap().text(), "a");
}

#[tokio::test]
async fn its_text_grows_as_the_agent_writes_it() {
    let (mut peer, _client, session) = with_session().await;
    let delta = |text: &str| format!(r#"{{"messageId":"a","deltaContent":"{text}"}}"#);
    let text = session.ask("?").main_agent().text();
    let (parts, ()) = tokio::join!(text.try_collect::<Vec<_>>(), async {
        accept(&mut peer, "m").await;
        tell(&mut peer, &[USER, START]).await;
        for part in ["x", "y"] {
            tell(&mut peer, &[("assistant.message_delta", &delta(part))]).await;
        }
        tell(&mut peer, &[ANSWER, END, IDLE]).await;
    });
    let parts = parts.unwrap();
    assert_eq!(parts.iter().map(Text::as_str).collect::<Vec<_>>(), ["x", "y", "a"]);
}

#[tokio::test(start_paused = true)]
async fn silence_after_the_sending_is_bounded_and_events_break_it() {
    let (mut peer, _client, session) = with_session().await;
    let message = Message::new("?").inactivity(Duration::from_secs(10));
    let started = tokio::time::Instant::now();
    let (outcome, ()) = tokio::join!(session.send_and_wait(message), async {
        let _never_answered = peer.expect("session.send").await;
        tokio::time::sleep(Duration::from_secs(6)).await;
        tell(&mut peer, &[("session.info", "{}")]).await;
    });
    assert_eq!(*outcome.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(started.elapsed().as_secs(), 16);
}

#[tokio::test(start_paused = true)]
async fn autopilot_ends_when_it_says_so() {
    let idle = ("session.idle", r#"{"mode":"autopilot"}"#);
    let stopped = ("session.autopilot_stopped", r#"{"reason":"done","requestId":"r"}"#);
    for tail in [[idle, stopped], [stopped, idle]] {
        let (mut peer, client, session) = with_session().await;
        let (answer, ()) = tokio::join!(session.send_and_wait("?"), async {
            accept(&mut peer, "m").await;
            tell(&mut peer, &[USER, START, ANSWER, END]).await;
            tell(&mut peer, &tail).await;
        });
        assert_eq!(answer.unwrap().text(), "a");
        // It was not asked whether the work is over.
        peer.settle(&client).await;
        assert_eq!(peer.waiting("session.metadata.isProcessing"), 0);
    }
}

#[tokio::test]
async fn an_error_from_which_the_runtime_recovers_does_not_fail_the_work() {
    let (mut peer, _client, session) = with_session().await;
    let limited = (
        "session.error",
        r#"{"errorType":"rate_limit","message":"slow down","statusCode":429,"eligibleForAutoSwitch":true}"#,
    );
    let (answer, ()) = tokio::join!(session.send_and_wait("?"), async {
        accept(&mut peer, "m").await;
        tell(&mut peer, &[USER, START, limited, START, ANSWER, END, IDLE]).await;
    });
    assert_eq!(answer.unwrap().text(), "a");
    let (answer, ()) = tokio::join!(session.send_and_wait("?"), async {
        accept(&mut peer, "m").await;
        tell(&mut peer, &[USER, START, limited, END, IDLE]).await;
    });
    assert_eq!(answer.unwrap_err().turn_failure().unwrap().status_code(), Some(429));
}

/// Runtimes before 1.0.83 name no message in their events.
#[tokio::test]
async fn two_clients_of_a_runtime_without_message_ids_get_their_own_answers() {
    let (mut peer, _client, session) = with_session().await;
    let says = |text: &str| format!(r#"{{"messageId":"x","content":"{text}"}}"#);
    let asks = |text: &str| format!(r#"{{"content":"{text}"}}"#);
    let (one, two, ()) =
        tokio::join!(session.send_and_wait("one"), session.send_and_wait("two"), async {
            accept(&mut peer, "1").await;
            accept(&mut peer, "2").await;
            for text in ["other", "one", "two"] {
                tell(&mut peer, &[("user.message", &asks(text)), START]).await;
                let answer = format!("to {text}");
                tell(&mut peer, &[("assistant.message", &says(&answer)), END, IDLE]).await;
            }
        });
    assert_eq!(one.unwrap().text(), "to one");
    assert_eq!(two.unwrap().text(), "to two");
}

/// A hook may change the text of a message, and another client may send one: that can't be told apart.
#[tokio::test(start_paused = true)]
async fn an_answer_that_may_be_anothers_is_refused() {
    let (mut peer, _client, session) = with_session().await;
    let other = ("user.message", r#"{"content":"other"}"#);
    let answer = ("assistant.message", r#"{"messageId":"x","content":"x"}"#);
    let (outcome, ()) = tokio::join!(session.send_and_wait("?"), async {
        accept(&mut peer, "m").await;
        tell(&mut peer, &[other, START, answer, END, IDLE]).await;
        // It waits in the queue, and then does not.
        for items in [r#"[{"messageId":"m"}]"#, "[]"] {
            let pending = peer.expect("session.queue.pendingItems").await;
            peer.answer(&pending, &format!(r#"{{"items":{items}}}"#)).await;
        }
        let processing = peer.expect("session.metadata.isProcessing").await;
        peer.answer(&processing, r#"{"processing":false}"#).await;
    });
    assert_eq!(*outcome.unwrap_err().kind(), ErrorKind::Ambiguous);
}
