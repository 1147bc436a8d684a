//! Payloads that can't be read: none ends a wait as a success, and none keeps it from ending.

use std::time::Duration;

use copilot_sessions::{ActiveSession, ErrorKind, EventStreamExt, Result};
use futures::{StreamExt, TryStreamExt};

use crate::peer::Peer;
use crate::{accept, tell_one, with_session};

/// A turn in which one event has these members, beside its id.
struct Row<'a> {
    kind: &'a str,
    members: &'a str,
}

/// What becomes of the message, by `ask` as a stream and as a future, and by `send_and_wait`.
async fn outcomes(
    peer: &mut Peer,
    session: &ActiveSession,
    row: &Row<'_>,
) -> [Result<String>; 3] {
    let mut turn = session.ask("?");
    let (streamed, ()) = tokio::join!(
        async {
            while turn.try_next().await?.is_some() {}
            Ok(())
        },
        play(peer, row)
    );
    let asked = turn.await.map(|answer| answer.text().to_owned());
    let streamed: Result<()> = streamed;
    let streamed = streamed.and(asked.clone());
    let (waited, ()) = tokio::join!(session.send_and_wait("?"), play(peer, row));
    [streamed, asked, waited.map(|answer| answer.text().to_owned())]
}

/// Plays a turn of which each event is the usual one, but for the row's.
async fn play(peer: &mut Peer, row: &Row<'_>) {
    accept(peer, "m").await;
    let usual = [
        ("user.message", r#"{"content":"?","messageId":"m"}"#),
        ("assistant.turn_start", r#"{"turnId":"0"}"#),
        ("assistant.message", r#"{"messageId":"a","content":"a","originatingMessageId":"m"}"#),
        ("assistant.turn_end", r#"{"turnId":"0"}"#),
        ("session.error", ""),
        ("session.idle", "{}"),
    ];
    for (kind, data) in usual {
        if kind == row.kind {
            tell_one(peer, &format!(r#""type":"{kind}"{}"#, row.members)).await;
        } else if !data.is_empty() {
            tell_one(peer, &format!(r#""type":"{kind}","data":{data}"#)).await;
        }
    }
}

/// Each payload, in an event of this kind, gives this outcome to every reader; and is counted, if so said.
async fn all(
    kind: &str,
    payloads: &[&str],
    counted: bool,
    is_right: impl Fn(&Result<String>) -> bool,
) {
    let (mut peer, client, session) = with_session().await;
    for payload in payloads {
        let members = format!(r#","data":{payload}"#);
        let members = if payload.is_empty() { "" } else { &members };
        let before = (session.stats().unreadable, session.events().turns().count_ready());
        let outcomes = outcomes(&mut peer, &session, &Row { kind, members }).await;
        for outcome in &outcomes {
            assert!(is_right(outcome), "{kind} {payload}: {outcome:?}");
        }
        peer.settle(&client).await;
        let turns = session.events().turns().count_ready();
        assert_eq!(turns - before.1, 2, "turns: {kind} {payload}");
        let unreadable = session.stats().unreadable - before.0;
        assert_eq!(unreadable, if counted { 2 } else { 0 }, "{kind} {payload}");
    }
}

/// How many complete turns there are by now.
trait CountReady {
    fn count_ready(self) -> usize;
}

impl<S> CountReady for copilot_sessions::events::Turns<S>
where
    S: futures::Stream<Item = Result<copilot_sessions::Event, copilot_sessions::Gap>> + Unpin,
{
    fn count_ready(mut self) -> usize {
        use futures::FutureExt;

        let mut count = 0;
        while let Some(Some(turn)) = self.next().now_or_never() {
            count += usize::from(turn.unwrap().is_complete());
        }
        count
    }
}

fn is_a(outcome: &Result<String>) -> bool {
    outcome.as_ref().is_ok_and(|text| text == "a")
}

#[tokio::test]
async fn every_idle_ends_the_work() {
    let readable = ["", "null", "{}", r#"{"mode":null,"aborted":null}"#, r#"{"mode":""}"#];
    all("session.idle", &readable, false, is_a).await;
    let unreadable = [
        r#"{"mode":5}"#,
        r#"{"mode":{"a":[]}}"#,
        r#"{"aborted":"yes"}"#,
        r#"{"aborted":0}"#,
        r#"{"aborted":[true]}"#,
        r#"{"mode":"\ud800"}"#,
        "{\"mode\":\"\u{1}\"}",
        r#"{"mode":NaN}"#,
        "[]",
        "5",
        r#""idle""#,
        "true",
        r#"{"aborted":1e999}"#,
    ];
    all("session.idle", &unreadable, true, is_a).await;
    // What is beside the members that matter does not.
    let beside = [r#"{"n":NaN}"#, r#"{"x":"\ud800"}"#, r#"{"mode":"a","mode":"b"}"#];
    all("session.idle", &beside, false, is_a).await;
}

#[tokio::test]
async fn an_idle_of_an_agent_without_a_name_is_the_main_agents() {
    let (mut peer, _client, session) = with_session().await;
    let row = Row { kind: "session.idle", members: r#","agentId":"","data":{}"# };
    assert!(outcomes(&mut peer, &session, &row).await.iter().all(is_a));
    let row = Row { kind: "session.idle", members: r#","agentId":null,"data":{}"# };
    assert!(outcomes(&mut peer, &session, &row).await.iter().all(is_a));
}

#[tokio::test]
async fn every_error_fails_the_work_and_carries_its_event() {
    let failed = |outcome: &Result<String>| {
        outcome.as_ref().is_err_and(|error| {
            let ErrorKind::TurnFailed(_) = error.kind() else { return false };
            let event = error.event().unwrap();
            event.kind() == "session.error" && error.turn_failure().is_some()
        })
    };
    let readable = [
        r#"{"errorType":"query","message":"x"}"#,
        r#"{"errorType":"query","message":"x","originatingMessageId":"m"}"#,
        r#"{"errorType":"query","message":"x","originatingMessageId":"","statusCode":null}"#,
        r#"{"errorType":"query","message":"x","stack":"\ud800","n":NaN}"#,
    ];
    all("session.error", &readable, false, failed).await;
    let unreadable = [
        "null",
        "{}",
        "[]",
        "5",
        r#""failed""#,
        r#"{"errorType":"query"}"#,
        r#"{"errorType":"query","message":null}"#,
        r#"{"errorType":"query","message":5}"#,
        r#"{"errorType":"query","message":"\ud800"}"#,
        r#"{"errorType":"","message":""}"#,
        r#"{"message":"x"}"#,
        r#"{"errorType":5,"message":"x"}"#,
        r#"{"errorType":null,"message":"x"}"#,
        r#"{"errorType":"query","message":"x","statusCode":"500"}"#,
        r#"{"errorType":"query","message":"x","statusCode":-1e400}"#,
        r#"{"errorType":"query","message":"x","originatingMessageId":7}"#,
        r#"{"errorType":"query","message":"x","eligibleForAutoSwitch":"yes"}"#,
    ];
    all("session.error", &unreadable, true, failed).await;
}

#[tokio::test]
async fn an_answer_that_can_not_be_read_is_an_error_with_its_event() {
    let refused = |outcome: &Result<String>| {
        outcome.as_ref().is_err_and(|error| {
            *error.kind() == ErrorKind::InvalidEvent
                && error.event().unwrap().kind() == "assistant.message"
        })
    };
    let unreadable = [
        "",
        "null",
        "{}",
        "[]",
        "5",
        r#""a""#,
        r#"{"messageId":"a"}"#,
        r#"{"messageId":"a","content":null}"#,
        r#"{"messageId":"a","content":["a"]}"#,
        r#"{"messageId":"a","content":5}"#,
        r#"{"messageId":"a","content":"\ud83d"}"#,
        "{\"messageId\":\"a\",\"content\":\"\u{1}\"}",
        r#"{"messageId":"a","content":NaN}"#,
        r#"{"content":"a","content":null}"#,
    ];
    all("assistant.message", &unreadable, true, refused).await;
}

#[tokio::test]
async fn an_answer_is_read_whatever_stands_beside_its_text() {
    let readable = [
        r#"{"messageId":"a","content":"a"}"#,
        r#"{"messageId":5,"content":"a","toolRequests":"none","n":NaN}"#,
        r#"{"content":"b","content":"a"}"#,
        r#"{"content":"a","parentToolCallId":"","originatingMessageId":""}"#,
        r#"{"content":"a","parentToolCallId":null,"originatingMessageId":null}"#,
        r#"{"\u0063ontent":"\u0061"}"#,
    ];
    all("assistant.message", &readable, false, is_a).await;
    let unreadable = [
        r#"{"content":"a","originatingMessageId":5}"#,
        r#"{"content":"a","originatingMessageId":"\ud800"}"#,
        r#"{"content":"a","parentToolCallId":["t"]}"#,
    ];
    all("assistant.message", &unreadable, true, is_a).await;
}

#[tokio::test]
async fn the_beginning_of_work_and_its_turns_are_seen_however_they_are_written() {
    let messages = [
        r#"{"content":"?","messageId":"m","messageId":"m"}"#,
        r#"{"messageId":"m","source":"","delivery":"idle"}"#,
    ];
    all("user.message", &messages, false, is_a).await;
    let messages = [
        r#"{"content":5,"messageId":"m"}"#,
        r#"{"messageId":"m","source":5}"#,
        r#"{"messageId":"m","delivery":{}}"#,
        r#"{"messageId":"m","isAutopilotContinuation":"x"}"#,
        // It may be another's: the answer names the message.
        r#"{"messageId":7}"#,
        "[]",
        r#""?""#,
    ];
    all("user.message", &messages, true, is_a).await;
    all("assistant.turn_start", &["", "null", "{}", r#"{"turnId":""}"#], false, is_a).await;
    all("assistant.turn_start", &[r#"{"turnId":0}"#, "[]"], true, is_a).await;
    all("assistant.turn_end", &["", "null", "[]", r#"{"turnId":5}"#], false, is_a).await;
}

#[tokio::test(start_paused = true)]
async fn work_without_an_idle_ends_with_its_limit() {
    let (mut peer, _client, session) = with_session().await;
    let message = copilot_sessions::Message::new("?").inactivity(Duration::from_secs(5));
    let row = Row { kind: "session.idle", members: r#","agentId":"a","data":{}"# };
    let (waited, ()) = tokio::join!(session.send_and_wait(message), play(&mut peer, &row));
    assert_eq!(*waited.unwrap_err().kind(), ErrorKind::TimedOut);
}
