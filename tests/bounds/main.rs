//! What a faulty or hostile runtime can make this process keep.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use copilot_sessions::events::EventDraft;
use copilot_sessions::rpc::{ConnectionLimits, encode_frame};
use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{ActiveSession, Client, ClientOptions, LogBounds, Seq, SessionConfig};
use futures::StreamExt;
use serde_json::{Value, json};

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

const MIB: usize = 1024 * 1024;

/// Measures what this process keeps; one test at a time.
struct Measure {
    _profiler: dhat::Profiler,
    _alone: MutexGuard<'static, ()>,
}

impl Measure {
    fn begin() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let profiler = dhat::Profiler::builder().testing().build();
        Self { _profiler: profiler, _alone: alone }
    }

    fn kept(&self) -> usize {
        // Of the profiler that this began.
        let Self { .. } = self;
        dhat::HeapStats::get().curr_bytes
    }
}

async fn session(options: ClientOptions) -> (ScriptedAgent, Client, ActiveSession) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await.unwrap();
    let config = SessionConfig::new().session_id("s");
    let session = client.create_session(config).await.unwrap();
    (agent, client, session)
}

fn small_log() -> ClientOptions {
    ClientOptions::new().log_bounds(LogBounds::default().max_bytes(MIB))
}

#[tokio::test]
async fn ids_of_events_take_no_more_than_their_number_allows() {
    let measure = Measure::begin();
    let (agent, client, session) = session(small_log()).await;
    let before = measure.kept();
    let long = "x".repeat(200_000);
    for number in 0..200 {
        agent.burst("s", 1, |_| AgentEvent::new("k").id(format!("{number}{long}")));
        if number % 4 == 0 {
            client.ping("").await.unwrap();
        }
    }
    agent.burst("s", 1, |_| AgentEvent::new("k").id(format!("199{long}")));
    client.ping("").await.unwrap();
    assert_eq!(session.stats().duplicates, 1, "a long id is known again");
    assert!(session.stats().published >= 200);
    let kept = measure.kept().saturating_sub(before);
    assert!(kept < 8 * MIB, "{kept} bytes");
}

#[tokio::test]
async fn long_lifecycle_events_do_not_wait_for_slow_readers() {
    let measure = Measure::begin();
    let (agent, client, _session) = session(ClientOptions::new()).await;
    let mut slow = client.lifecycle_events();
    let before = measure.kept();
    let notify = |kind: &str, session: &str, length: usize| {
        let metadata = "x".repeat(length);
        let params = json!({ "type": kind, "sessionId": session, "metadata": metadata });
        agent.notify("session.lifecycle", params);
    };
    for _ in 0..50 {
        notify("session.updated", "s", MIB);
        notify("session.updated", &"s".repeat(MIB), 1);
        notify(&"k".repeat(MIB), "s", 1);
        client.ping("").await.unwrap();
    }
    notify("session.updated", "s", 1000);
    client.ping("").await.unwrap();
    let kept = measure.kept().saturating_sub(before);
    assert!(kept < MIB, "{kept} bytes");
    for _ in 0..50 {
        let event = slow.next().await.unwrap().unwrap();
        assert_eq!((event.session_id.as_str(), &*event.raw), ("s", ""));
    }
    assert!(slow.next().await.unwrap().unwrap().raw.len() > 1000);
}

/// What the documentation of `LogBounds` says of payloads.
#[test]
fn a_decoded_payload_takes_less_than_20_times_its_text_and_at_worst_150_times() {
    let measure = Measure::begin();
    // As many copies as make what the test harness allocates meanwhile small beside them.
    let times = |data: &str| {
        let raw = format!(r#"{{"id":"1","type":"tool.execution_start","data":{data}}}"#);
        let copies = 1 + 200_000 / data.len();
        let events: Vec<_> =
            (0..copies).map(|_| EventDraft::parse(&raw).number(Seq::FIRST)).collect();
        let before = measure.kept();
        for event in &events {
            assert!(event.data().kind().is_some(), "{:?}", event.data());
        }
        measure.kept().saturating_sub(before) / (copies * data.len())
    };
    let of = |arguments: &str| {
        times(&format!(r#"{{"toolCallId":"1","toolName":"bash","arguments":{arguments}}}"#))
    };
    let usual = r#"{"command":"cargo test --all-features","description":"Runs the tests","timeout":60}"#;
    let usual = of(usual);
    assert!(usual < 20, "{usual}");
    let deep = format!("{}0{}", r#"{"":"#.repeat(100), "}".repeat(100));
    for worst in [r#"{"":0}"#, "[0]", "[]", "0", r#""x""#, "[[0]]", r#"{"":{"":0}}"#, &deep] {
        let many = vec![worst; 60_000 / worst.len()].join(",");
        let times = of(&format!("[{many}]"));
        let what = worst.get(..20).unwrap_or(worst);
        assert!(times <= 150, "{what}: {times}");
    }
}

#[tokio::test]
async fn announcements_of_an_end_take_one_ping_together() {
    let measure = Measure::begin();
    let (agent, client, session) = session(small_log()).await;
    agent.hold("ping");
    let before = measure.kept();
    for part in 0..5 {
        agent.burst("s", 1000, |number| {
            AgentEvent::new("session.shutdown").id(format!("{part}-{number}"))
        });
        agent.flushed().await;
    }
    // Behind everything that was sent: the answer to a question.
    client.list_sessions().await.unwrap();
    let kept = measure.kept().saturating_sub(before);
    assert_eq!(agent.count("ping"), 1);
    assert!(session.close_reason().is_none(), "the ping has not been answered");
    // Five thousand tasks would be 7 MiB; the log is one.
    assert!(kept < 4 * MIB, "{kept} bytes");
    agent.expect("ping").await.by_default();
    session.closed().await;
}

#[tokio::test]
async fn replies_that_nobody_reads_are_bounded_by_their_bytes() {
    let measure = Measure::begin();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let limits = ConnectionLimits::default().max_inbound_bytes(4 * MIB);
    let options = ClientOptions::new().connection_limits(limits).on_any_request(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Ok(Value::from("x".repeat(MIB))) }
    });
    let (agent, client, _session) = session(options).await;
    agent.stall();
    let before = measure.kept();
    for number in 0..100 {
        let request = json!({ "jsonrpc": "2.0", "id": number, "method": "m", "params": {} });
        agent.raw(encode_frame(request.to_string().as_bytes()));
        if number % 20 == 0 {
            agent.flushed().await;
            tokio::task::yield_now().await;
        }
    }
    agent.flushed().await;
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let kept = measure.kept().saturating_sub(before);
    assert!(asked.load(Ordering::SeqCst) >= 4, "some were answered");
    assert!(kept < 12 * MIB, "{kept} bytes after {asked:?} answers");
    agent.resume();
    client.ping("the connection lives").await.unwrap();
}

#[tokio::test]
async fn requests_in_flight_are_bounded_by_their_bytes() {
    let measure = Measure::begin();
    let limits = ConnectionLimits::default().max_inbound_bytes(4 * MIB);
    let options = ClientOptions::new()
        .connection_limits(limits)
        .on_any_request(|_| async { std::future::pending().await });
    let (agent, client, _session) = session(options).await;
    let before = measure.kept();
    let text = "x".repeat(MIB);
    let mut refused = Vec::new();
    for number in 0..100 {
        let request = agent.request("m", json!({ "number": number, "text": text }));
        if let Some(answer) = asked(&client, request).await {
            refused.push(answer.unwrap_err()["code"].clone());
        }
        agent.forget_received();
    }
    let kept = measure.kept().saturating_sub(before);
    assert!(refused.len() >= 96 && refused.iter().all(|code| *code == -32_000), "{refused:?}");
    assert!(kept < 12 * MIB, "{kept} bytes");
}

/// Sends a request; its answer if there is one already when a later question has been answered.
async fn asked(
    client: &Client,
    request: impl Future<Output = Result<Value, Value>>,
) -> Option<Result<Value, Value>> {
    let mut request = std::pin::pin!(request);
    tokio::select! {
        biased;
        answer = &mut request => Some(answer),
        () = async {
            client.ping("").await.unwrap();
            client.ping("").await.unwrap();
        } => None,
    }
}
