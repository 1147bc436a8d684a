//! Handlers, failed starts and bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use copilot_sessions::session::RequestOrder;
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{AnySession, ClientOptions, ResumeConfig};
use futures::{StreamExt, poll};
use serde_json::json;
use tokio::time::timeout;

use crate::{LIMIT, connected, named, with_session, yields};

/// Starts in place, cancelled after each number of polls, then ended in place.
#[tokio::test]
async fn a_start_or_end_in_place_can_be_given_up_at_every_poll() {
    for polls in 0..14 {
        for end in 0..14 {
            let agent = ScriptedAgent::new();
            let client = agent.connect(ClientOptions::new()).await.unwrap();
            let mut session = AnySession::from(client.create_session(named("s")));
            let events = session.events();
            {
                let mut start = Box::pin(session.start());
                for _ in 0..polls {
                    if poll!(start.as_mut()).is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            assert!(session.as_closed().is_none());
            assert_eq!(session.close_reason(), None);
            timeout(LIMIT, session.start()).await.unwrap().unwrap();
            {
                let mut stop = Box::pin(session.disconnect());
                for _ in 0..end {
                    if poll!(stop.as_mut()).is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            if end > 0 {
                let closed = session.as_closed().unwrap();
                assert_eq!(
                    Some(closed.reason()),
                    session.close_reason().as_ref(),
                    "{polls} {end}"
                );
            } else {
                session.disconnect().await.unwrap();
            }
            let all: Vec<_> = timeout(LIMIT, events.collect()).await.unwrap();
            for (index, item) in all.iter().enumerate() {
                assert_eq!(item.as_ref().unwrap().seq().get(), index as u64 + 1);
            }
            let again = client.resume_session("s", ResumeConfig::new()).start();
            timeout(LIMIT, again).await.unwrap().unwrap();
        }
    }
}

/// Handlers come and go on two threads while requests arrive: one answer for each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_has_one_answer_while_handlers_come_and_go() {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new()).await.unwrap();
    let session = client.create_session(named("s")).await.unwrap();
    let handled = Arc::new(AtomicU64::new(0));
    let handle = session.handle();
    let churn = tokio::spawn({
        let handled = Arc::clone(&handled);
        async move {
            let mut old = None;
            for number in 0..3000_u64 {
                let count = Arc::clone(&handled);
                let handler = move |_| {
                    let count = Arc::clone(&count);
                    async move {
                        if number % 7 == 0 {
                            panic!("on purpose")
                        }
                        tokio::task::yield_now().await;
                        count.fetch_add(1, Ordering::SeqCst);
                        Ok(json!({}))
                    }
                };
                let added = if number % 2 == 0 {
                    handle.handle_requests(["x", "y"], handler)
                } else {
                    handle.handle_ordered_requests(["x"], RequestOrder::by_session(), handler)
                };
                if number % 3 == 0 {
                    old = added.ok();
                } else {
                    drop(added);
                }
                if number % 5 == 0 {
                    drop(old.take());
                }
                tokio::task::yield_now().await;
            }
        }
    });
    let mut outcomes = [0_u64; 2];
    for number in 0..3000_u64 {
        let answer = timeout(
            Duration::from_secs(5),
            agent.request(if number % 2 == 0 { "x" } else { "y" }, json!({ "sessionId": "s" })),
        )
        .await
        .unwrap();
        outcomes[usize::from(answer.is_ok())] += 1;
    }
    churn.await.unwrap();
    assert_eq!(outcomes[1], handled.load(Ordering::SeqCst));
    println!("{outcomes:?}");
}

/// A handler that never ends keeps no other order waiting, and the session ends.
#[tokio::test]
async fn a_handler_that_hangs_does_not_keep_an_ending() {
    let (mut peer, client, session) = with_session().await;
    session
        .handle_ordered_requests("x", RequestOrder::all(), |_| std::future::pending())
        .unwrap()
        .keep();
    peer.send(r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"sessionId":"s"}}"#).await;
    yields().await;
    timeout(LIMIT, peer.during("session.detach", session.disconnect())).await.unwrap().unwrap();
    timeout(LIMIT, client.stop()).await.unwrap().unwrap();
}

/// A late `session.shutdown` of a start that failed closes nothing of the next try.
#[tokio::test(start_paused = true)] // The detach of the first try is not answered.
async fn a_shutdown_ping_of_a_failed_start_does_not_close_the_next() {
    let (mut peer, client) = connected().await;
    let starting =
        tokio::spawn(client.create_session(named("s").register_interest("x")).start());
    peer.answer_start().await;
    let interest = peer.expect("session.eventLog.registerInterest").await;
    peer.event("s", &crate::peer::event("1", "session.shutdown", "{}")).await;
    let ping = peer.expect("ping").await;
    peer.refuse(&interest, -32603, "Session not found").await;
    let pending = starting.await.unwrap().unwrap_err().into_pending();
    let retry = tokio::spawn(pending.start());
    peer.answer_start().await;
    let interest = peer.expect("session.eventLog.registerInterest").await;
    peer.answer(&interest, "{}").await;
    let session = retry.await.unwrap().unwrap();
    assert_eq!(session.close_reason(), None);
    peer.answer(&ping, "{}").await;
    peer.settle(&client).await;
    yields().await;
    assert_eq!(
        session.close_reason(),
        None,
        "closed by the announcement of an earlier activation"
    );
}
