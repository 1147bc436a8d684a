//! Secrets in what is printed, cursors, conversions.

use std::io;
use std::sync::{Arc, Mutex};

use copilot_sessions::events::{EventDraft, EventLogWriter, Lineage, LogBounds, LogId, Seq};
use copilot_sessions::{CloseReason, Cursor, Gap, SessionConfig};
use futures::{FutureExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;

use crate::peer::event;
use crate::{LIMIT, connected, named, with_session, yields};

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error:?} {error}");
    let mut next = error.source();
    while let Some(error) = next {
        text += &format!(" / {error:?} {error}");
        next = error.source();
    }
    text
}

/// "No answer is printed."
#[tokio::test]
async fn the_error_of_a_start_prints_no_answer() {
    for answer in [
        r#""hunter2""#,
        r#"{"sessionId":{"hunter2":1}}"#,
        r#"{"sessionId":"s","sessionId":"hunter2"}"#,
        r#"["hunter2"]"#,
        r#"{"sessionId":12345678901}"#,
    ] {
        let (mut peer, client) = connected().await;
        let starting = tokio::spawn(client.create_session(named("s")).start());
        let create = peer.expect("session.create").await;
        peer.answer(&create, answer).await;
        let error = starting.await.unwrap().unwrap_err();
        let text = chain(&error);
        assert!(!text.contains("hunter2") && !text.contains("12345678901"), "{answer}: {text}");
    }
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);
impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Payloads of events are in no log line.
#[tokio::test]
async fn a_change_of_capabilities_that_can_not_be_read_is_not_printed() {
    let output = Output::default();
    let writer = output.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (mut peer, client, _session) = with_session().await;
    peer.event("s", &event("1", "capabilities.changed", r#""hunter2""#)).await;
    peer.event("s", &event("2", "capabilities.changed", r#"{"ui":"hunter2"}"#)).await;
    peer.settle(&client).await;
    let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    let line = text.lines().find(|line| line.contains("hunter2"));
    assert!(line.is_none(), "{line:?}");
}

/// Two forms of one id.
#[test]
fn serde_writes_a_log_id_as_display_does() {
    let id = Lineage::new().log_id();
    assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
}

/// A closed session's future of the view is there.
#[tokio::test]
async fn a_closed_session_waits_for_its_end_no_more() {
    let (mut peer, _client, session) = with_session().await;
    let closed = peer.during("session.detach", session.disconnect()).await.unwrap();
    assert_eq!(closed.closed().await, CloseReason::Disconnected);
}

/// An event of a first epoch, numbered above the last that was ever given out.
#[test]
fn a_cursor_beyond_the_end_of_its_opening_is_diverged_although_the_next_begins_later() {
    let id = LogId::from(uuid::Uuid::from_u128(7));
    // The first opening gave out 1 to 3; the second began at 10 (a store that leaves room).
    let text: Cursor = format!("{id}.1:7").parse().unwrap();
    let lineage = Lineage::stored(id, [Seq::FIRST, Seq::new(10).unwrap()]).unwrap();
    let mut writer = EventLogWriter::with_lineage(LogBounds::default(), lineage);
    writer.append(EventDraft::parse("{}")).unwrap();
    let item = writer.log().events_from(text).next().now_or_never().unwrap().unwrap();
    assert!(matches!(item, Err(Gap::NotLoaded { .. } | Gap::Diverged { .. })), "{item:?}");
}

/// Epoch 0 is no epoch.
#[test]
fn a_cursor_of_epoch_0_is_none_of_this_log() {
    let log = copilot_sessions::events::EventLog::from_events([EventDraft::parse("{}")]);
    let zero: Cursor = format!("{}.0:0", log.id()).parse().unwrap();
    let item = log.events_from(zero).next().now_or_never().unwrap().unwrap();
    assert!(item.is_err(), "{item:?}");
}

/// What ends in the middle of a start, by the peer.
#[tokio::test]
async fn a_cloud_start_ends_when_the_runtime_unloads_the_session() {
    let (mut peer, client) = connected().await;
    let config = SessionConfig::new().session_id("s").cloud(json!({}));
    let starting = tokio::spawn(client.create_session(config).start());
    peer.answer_start().await;
    peer.event("s", &event("1", "session.shutdown", "{}")).await;
    let ping = peer.expect("ping").await;
    peer.answer(&ping, "{}").await;
    yields().await;
    timeout(LIMIT, starting).await.unwrap().unwrap().unwrap_err();
}

/// "A member that the runtime wrote in another type than is expected counts as not there."
#[tokio::test]
async fn a_start_needs_of_its_answer_the_session_id_alone() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let mut failed = Vec::new();
    for odd in [r#""\ud800""#, "1e999", &deep] {
        let (mut peer, client) = connected().await;
        let starting = tokio::spawn(client.create_session(named("s")).start());
        let create = peer.expect("session.create").await;
        peer.answer(&create, &format!(r#"{{"sessionId":"s","new":{odd}}}"#)).await;
        if let Err(error) = starting.await.unwrap() {
            failed.push(format!("{odd:.12}: {error:?}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn handlers_added_while_the_session_ends_are_refused_or_gone() {
    for _ in 0..200 {
        let (mut peer, client, session) = with_session().await;
        let handle = session.handle();
        let add = std::thread::spawn(move || {
            (0..200)
                .map(|n| {
                    handle
                        .handle_requests(format!("m{n}"), |_| async { Ok(json!({})) })
                        .map(|guard| guard.keep())
                        .is_ok()
                })
                .collect::<Vec<_>>()
        });
        peer.during("session.detach", session.handle().close()).await.unwrap();
        let added = add.join().unwrap();
        assert!(added.is_sorted_by(|a, b| a >= b), "refused, then added");
        for n in [0, 100, 199] {
            peer.send(format!(
                r#"{{"jsonrpc":"2.0","id":{n},"method":"m{n}","params":{{"sessionId":"s"}}}}"#
            ))
            .await;
            let answer = loop {
                let it = peer.next().await.unwrap();
                if it.get("method").is_none() {
                    break it;
                }
            };
            assert_eq!(answer["error"]["code"], -32601);
        }
        drop(client);
    }
}
