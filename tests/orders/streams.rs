//! Streams and starts.

use std::time::Duration;

use copilot_sessions::events::{Cursor, EventDraft, EventLog, Seq};
use copilot_sessions::{EventStreamExt, ResumeConfig};
use futures::stream::FusedStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use serde_json::json;
use tokio::time::timeout;

use crate::peer::event;
use crate::{LIMIT, connected, named, with_session, yields};

/// "A cloud session waits for the agent's `session.start`", in the second try too.
#[tokio::test(start_paused = true)] // The detach of the first try is not answered.
async fn a_second_try_of_a_cloud_start_waits_for_its_own_agent() {
    let (mut peer, client) = connected().await;
    let config = named("s").cloud(json!({ "repository": "o/r" })).register_interest("x");
    let starting = tokio::spawn(client.create_session(config).start());
    peer.answer_start().await;
    peer.event("s", &event("1", "session.start", r#"{"producer":"copilot-agent"}"#)).await;
    let interest = peer.expect("session.eventLog.registerInterest").await;
    peer.refuse(&interest, -32603, "no").await;
    let pending = starting.await.unwrap().unwrap_err().into_pending();
    let again = tokio::spawn(pending.start());
    peer.answer_start().await;
    let interest = peer.expect("session.eventLog.registerInterest").await;
    peer.answer(&interest, "{}").await;
    let early = timeout(Duration::from_millis(300), again).await;
    assert!(early.is_err(), "active before its agent has started");
}

/// A joined or resumed session: what ends while a request of the start waits for room, and so on: no hang.
#[tokio::test]
async fn a_client_that_stops_during_a_reconfiguration_ends_it() {
    let (mut peer, client, mut session) = with_session().await;
    let work = tokio::spawn(async move {
        let outcome = session.reconfigure(ResumeConfig::new().register_interest("x")).await;
        (outcome, session)
    });
    peer.answer_start().await;
    let _ = peer.expect("session.eventLog.registerInterest").await;
    let stop = tokio::spawn({
        let client = client.clone();
        async move { client.stop().await }
    });
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, "{}").await;
    stop.await.unwrap().unwrap();
    let (outcome, _session) = timeout(LIMIT, work).await.unwrap().unwrap();
    outcome.unwrap_err();
}

/// Every adapter is terminated once it has said `None`, and not before its last item.
#[test]
fn adapters_are_terminated_when_they_have_ended() {
    fn check<S: FusedStream + Unpin>(mut stream: S, name: &str)
    where
        S::Item: std::fmt::Debug,
    {
        loop {
            let terminated = stream.is_terminated();
            match stream.next().now_or_never().unwrap() {
                Some(item) => {
                    assert!(!terminated, "{name}: {item:?} behind its end");
                }
                None => break,
            }
        }
        assert!(stream.is_terminated(), "{name}");
        assert!(stream.next().now_or_never().unwrap().is_none(), "{name}");
    }
    let texts = [
        r#"{"id":"1","type":"user.message","data":{"content":"x"}}"#,
        r#"{"id":"2","type":"assistant.message_delta","data":{"messageId":"m","deltaContent":"4"}}"#,
        r#"{"id":"3","type":"assistant.message","data":{"messageId":"m","content":"4"}}"#,
        "",
        r#"{"id":"4","type":"session.idle","data":{}}"#,
        r#"{"id":"5","type":"user.message","data":{"content":"y"}}"#,
    ];
    let file = texts.map(|text| if text.is_empty() { "torn" } else { text }).join("\n");
    let (log, _) = EventLog::from_lines(file.as_bytes());
    let other = EventLog::from_events([EventDraft::parse(texts[0])]);
    for cursor in [
        Cursor::START,
        log.end(),
        other.end(),
        log.after(Seq::new(99).unwrap()),
        log.after(Seq::FIRST),
    ] {
        for until in [1, 3, 4, 5, 6, 99] {
            let events = || log.events_from(cursor).until(Seq::new(until).unwrap());
            check(events(), "events");
            check(events().main_agent(), "main_agent");
            check(events().kinds(["session.idle"]), "kinds");
            check(events().until_idle(), "until_idle");
            check(events().text(), "text");
            check(events().turns(), "turns");
            check(events().on_gap(|_| {}), "on_gap");
            check(events().updates(), "updates");
            check(events().main_agent().until_idle().text(), "all");
            check(events().until_idle().turns(), "turns of one");
            check(events().persisted().turns().into_stream(), "turns");
        }
    }
}

#[tokio::test]
async fn fifty_announcements_of_an_unloading_make_one_ping() {
    let (mut peer, client, session) = with_session().await;
    for number in 0..50 {
        peer.event("s", &event(&format!("{number}"), "session.shutdown", "{}")).await;
    }
    yields().await;
    peer.settle(&client).await;
    assert_eq!(peer.waiting("ping"), 1);
    drop(session);
}
