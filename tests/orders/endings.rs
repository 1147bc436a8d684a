//! Endings that meet one another, and what they leave.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{
    ClientOptions, CloseReason, ErrorKind, ResumeConfig, SessionHandle, SessionId,
};
use futures::{FutureExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;

use crate::peer::event;
use crate::{LIMIT, named, sent, with_session, yields};

/// "A reconfiguration of a session that the runtime unloads" is of nobody afterwards.
#[tokio::test]
async fn a_reconfiguration_behind_an_unloading_leaves_no_session_in_the_runtime() {
    let (mut peer, client, mut session) = with_session().await;
    peer.event("s", &event("1", "session.shutdown", "{}")).await;
    let ping = peer.expect("ping").await;
    let (_, ()) = tokio::join!(session.reconfigure(ResumeConfig::new()), async {
        // Loads the session anew.
        let resume = peer.expect("session.resume").await;
        peer.answer(&ping, "{}").await;
        peer.answer(&resume, r#"{"sessionId":"s"}"#).await;
    });
    yields().await;
    assert_eq!(session.close_reason(), Some(CloseReason::Shutdown));
    drop(session);
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 1);
}

/// A start that is answered for another session detaches that; so should this.
#[tokio::test]
async fn a_reconfiguration_that_is_answered_for_another_session_detaches_that() {
    let (mut peer, client, mut session) = with_session().await;
    let (outcome, ()) = tokio::join!(session.reconfigure(ResumeConfig::new()), async {
        let resume = peer.expect("session.resume").await;
        peer.answer(&resume, r#"{"sessionId":"other"}"#).await;
    });
    outcome.unwrap_err();
    assert_eq!(sent(&mut peer, &client, "session.detach").await, 1);
}

#[derive(Clone)]
struct Asks(SessionHandle, Arc<Mutex<Vec<String>>>);

impl io::Write for Asks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if text.contains("capabilities") {
            // Any method that takes the session's lock.
            let added = self.0.handle_notifications("x", |_| async {}).map(drop);
            self.1.lock().unwrap().push(format!("{}", added.is_ok()));
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// "No foreign code runs under this lock": a subscriber of `tracing` is foreign code.
#[test]
fn nothing_is_logged_under_the_lock_of_a_session() {
    let (done, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut peer, client, session) = with_session().await;
            let asks = Asks(session.handle(), Arc::default());
            let writer = asks.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .finish();
            let _guard = tracing::subscriber::set_default(subscriber);
            peer.event("s", &event("1", "capabilities.changed", "[]")).await;
            peer.settle(&client).await;
            assert!(!asks.1.lock().unwrap().is_empty());
        });
        done.send(()).unwrap();
    });
    wait.recv_timeout(LIMIT).expect("the connection's reader has locked itself");
}

/// Handlers of a session get what arrived before its end.
#[tokio::test]
async fn queued_requests_are_handled_after_the_session_has_ended() {
    let (mut peer, client, session) = with_session().await;
    let handle = session.handle();
    let guard = session
        .handle_ordered_requests(
            "x",
            copilot_sessions::session::RequestOrder::all(),
            move |_| {
                let handle = handle.clone();
                async move {
                    let _ = handle.close().await;
                    Ok(json!({}))
                }
            },
        )
        .unwrap();
    for id in 1..=3 {
        peer.send(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"x","params":{{"sessionId":"s"}}}}"#
        ))
        .await;
    }
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, r#"{"success":true}"#).await;
    let mut answers = 0;
    while answers < 3 {
        let message = timeout(LIMIT, peer.next()).await.expect("answers").unwrap();
        answers +=
            usize::from(message.get("method").is_none() && message.get("result").is_some());
    }
    drop(guard);
    drop(client);
}

/// Everything at once, on two threads: no hang, and the id is free in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_is_free_after_any_endings_at_once() {
    for round in 0..400_u64 {
        let agent = ScriptedAgent::new();
        let client = agent.connect(ClientOptions::new()).await.unwrap();
        let mut session = client.create_session(named("s")).await.unwrap();
        let (one, two, three) = (session.handle(), session.handle(), session.handle());
        let readers = (session.events(), session.live_events().updates());
        let deleter = client.clone();
        let bits = round.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let mut tasks = Vec::new();
        if bits & 1 != 0 {
            tasks.push(tokio::spawn(async move {
                let _ = one.close().await;
            }));
        }
        if bits & 2 != 0 {
            tasks.push(tokio::spawn(async move {
                let _ = two.send_and_wait("x").await;
            }));
        }
        if bits & 4 != 0 {
            tasks.push(tokio::spawn(async move {
                let _ = deleter.delete_session(&SessionId::from("s")).await;
            }));
        }
        if bits & 8 != 0 {
            agent.emit("s", AgentEvent::new("session.shutdown"));
        }
        if bits & 16 != 0 {
            tasks.push(tokio::spawn(async move {
                let _ = three.close().now_or_never();
            }));
        }
        if bits & 2048 != 0 {
            agent.lifecycle("session.deleted", "s");
        }
        let kind = (bits >> 5) & 7;
        tasks.push(tokio::spawn(async move {
            match kind {
                0 => drop(session),
                1 => {
                    let _ = session.disconnect().await;
                }
                2 => {
                    let _ = session.delete().await;
                }
                3 => {
                    let _ = session.disconnect().now_or_never();
                }
                4 => {
                    let _ = session.reconfigure(ResumeConfig::new()).await;
                }
                5 => {
                    let _ = session.delete().now_or_never();
                }
                6 => {
                    let _ = session.reconfigure(ResumeConfig::new()).now_or_never();
                    drop(session);
                }
                _ => {
                    let mut any = copilot_sessions::AnySession::from(session);
                    let _ = any.disconnect().await;
                }
            }
        }));
        let stopping = (bits & 256 != 0).then(|| {
            let client = client.clone();
            tokio::spawn(async move {
                let _ = client.stop().await;
            })
        });
        for task in tasks {
            timeout(Duration::from_secs(10), task)
                .await
                .unwrap_or_else(|_| panic!("hang in round {round} bits {bits:b}"))
                .unwrap();
        }
        if let Some(stopping) = stopping {
            timeout(Duration::from_secs(10), stopping)
                .await
                .unwrap_or_else(|_| panic!("stop hangs in {round} {bits:b}"))
                .unwrap();
        } else {
            let again = timeout(
                Duration::from_secs(10),
                client.resume_session("s", ResumeConfig::new()).start(),
            )
            .await
            .unwrap_or_else(|_| panic!("resume hangs in {round} {bits:b}"));
            if let Err(error) = again {
                assert_ne!(*error.kind(), ErrorKind::SessionInUse, "{round} {bits:b} {kind}");
            }
        }
        let (events, updates) = readers;
        let all = timeout(Duration::from_secs(10), async {
            (events.collect::<Vec<_>>().await, updates.collect::<Vec<_>>().await)
        })
        .await;
        let (events, updates) =
            all.unwrap_or_else(|_| panic!("readers hang in {round} {bits:b}"));
        for (index, event) in events.iter().enumerate() {
            assert_eq!(event.as_ref().unwrap().seq().get(), index as u64 + 1);
        }
        assert!(matches!(updates.last(), Some(copilot_sessions::Update::Closed(_))));
    }
}
