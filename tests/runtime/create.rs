//! A new session, from its first event to the replay of the whole.

use std::sync::{Arc, Mutex};

use copilot_sessions::CloseReason;
use copilot_sessions::events::Event;
use copilot_sessions::events::kinds::{AssistantMessage, SessionStart};
use copilot_sessions::testing::model::{ModelRequest, Reply};

use crate::bench::{Bench, Binary};
use crate::read;
use crate::read::all;

/// What a handler was given.
type Seen = Arc<Mutex<Vec<Event>>>;

pub(crate) async fn every_reader_sees_the_session_from_its_start(bench: Bench) {
    let client = bench.client().await;
    let (handled, blocking): (Seen, Seen) = Default::default();
    let (handled_end, blocking_end) = (Ended::new(), Ended::new());
    let pending = client
        .create_session(bench.config())
        .on_event({
            let (seen, end) = (Arc::clone(&handled), handled_end.sender());
            move |event| {
                let _ = &end;
                seen.lock().unwrap().push(event);
                async {}
            }
        })
        .on_event_blocking({
            let (seen, end) = (Arc::clone(&blocking), blocking_end.sender());
            move |event| {
                let _ = &end;
                seen.lock().unwrap().push(event);
            }
        });
    let early = tokio::spawn(all(pending.events()));

    let session = pending.start().await.unwrap();
    session.send_and_wait("first").await.unwrap();
    let late = tokio::spawn(all(session.events()));
    session.send_and_wait("second").await.unwrap();
    let id = session.id().clone();
    let closed = session.disconnect().await.unwrap();

    let (early, late) = (early.await.unwrap(), late.await.unwrap());
    handled_end.wait().await;
    blocking_end.wait().await;
    let start = early[0].get::<SessionStart>().expect("the first event is session.start");
    assert_eq!(start.session_id, id.as_str());
    let log = read::whole(closed.log()).await;
    for seen in [&early, &late, &*handled.lock().unwrap(), &*blocking.lock().unwrap()] {
        assert_eq!(read::raw(seen), read::raw(&log));
        read::assert_dense(seen);
    }
    client.stop().await.unwrap();
}

/// Tells when a handler has been dropped, which is when it has seen everything.
struct Ended {
    sender: tokio::sync::mpsc::Sender<()>,
    receiver: tokio::sync::mpsc::Receiver<()>,
}

impl Ended {
    fn new() -> Self {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        Self { sender, receiver }
    }

    fn sender(&self) -> tokio::sync::mpsc::Sender<()> {
        self.sender.clone()
    }

    async fn wait(mut self) {
        drop(self.sender);
        self.receiver.recv().await;
    }
}

pub(crate) async fn deltas_make_up_the_message(bench: Bench) {
    let words = ["The ", "log ", "é🦀 ", "\"quoted\"\n", "ends."];
    bench.model.push(Reply::chunks(words));
    let (client, session) = bench.session().await;

    let answer = session.send_and_wait("tell").await.unwrap();
    assert_eq!(answer.text(), words.concat());
    assert_eq!(answer.end.kind(), "session.idle");

    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    let message = answer.message.unwrap();
    let message = message.get::<AssistantMessage>().unwrap();
    assert_eq!(read::deltas(&log, &message.message_id), words.concat());
    assert_eq!(read::count(&log, "assistant.message_delta"), words.len());
    assert_eq!(message.originating_message_id.as_deref(), Some(answer.message_id.as_str()));
    client.stop().await.unwrap();
}

pub(crate) async fn the_second_turn_knows_the_first(bench: Bench) {
    bench.model.push(Reply::text("noted"));
    let (client, session) = bench.session().await;

    assert_eq!(session.send_and_wait("the word is heron").await.unwrap().text(), "noted");
    assert_eq!(session.send_and_wait("which word?").await.unwrap().text(), "which word?");

    let requests = bench.model.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(ModelRequest::is_streaming));
    let told = serde_json::to_string(requests[1].messages()).unwrap();
    assert!(told.contains("the word is heron") && told.contains("noted"));
    client.stop().await.unwrap();
}

pub(crate) async fn the_closed_session_replays_what_the_live_stream_saw(bench: Bench) {
    let client = bench.client().await;
    let pending = client.create_session(bench.config());
    let live = tokio::spawn(all(pending.events()));
    let session = pending.await.unwrap();
    session.send_and_wait("one").await.unwrap();
    session.send_and_wait("two").await.unwrap();
    let closed = session.disconnect().await.unwrap();

    assert_eq!(closed.reason(), &CloseReason::Disconnected);
    let live = live.await.unwrap();
    let replay = read::whole(closed.log()).await;
    assert_eq!(read::raw(&replay), read::raw(&live));
    // Runtime 1.0.85 may forget to tell who detaches; it never tells later.
    if bench.binary == Binary::Cli || read::count(&replay, "session.shutdown") > 0 {
        assert_eq!(replay.last().unwrap().kind(), "session.shutdown");
    }
    assert_eq!(read::count(&replay, "session.start"), 1);
    assert_eq!(read::count(&replay, "user.message"), 2);
    assert_eq!(read::count(&replay, "assistant.message"), 2);
    assert_eq!(read::count(&replay, "session.idle"), 2);
    assert_eq!(closed.stats().malformed, 0);
    client.stop().await.unwrap();
}

pub(crate) async fn the_history_is_what_the_log_persisted(bench: Bench) {
    let (client, session) = bench.session().await;
    session.send_and_wait("one").await.unwrap();
    session.send_and_wait("two").await.unwrap();

    let history = session.history().await.unwrap();
    assert_eq!(history.close_reason(), Some(CloseReason::Complete));
    let history = read::whole(&history).await;
    // The connection is ordered: what the answer names has come before it.
    let (log, _) = session.snapshot_and_follow();
    let persisted: Vec<_> =
        log.events().filter(|event| !event.is_ephemeral()).cloned().collect();
    assert_eq!(read::ids(&history), read::ids(&persisted), "{:?}", read::kinds(&persisted));
    client.stop().await.unwrap();
}
