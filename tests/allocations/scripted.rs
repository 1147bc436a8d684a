//! What a runtime can make this process keep beside events: replies, requests, lifecycle events, payloads.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use copilot_sessions::events::EventDraft;
use copilot_sessions::rpc::{ConnectionLimits, encode_frame};
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ActiveSession, Client, ClientOptions, Seq, SessionConfig};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::{MIB, alone, held};

async fn session(options: ClientOptions) -> (ScriptedAgent, Client, ActiveSession) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await.unwrap();
    let config = SessionConfig::new().session_id("s");
    let session = client.create_session(config).await.unwrap();
    (agent, client, session)
}

#[test]
fn long_lifecycle_events_do_not_wait_for_slow_readers() {
    alone(async {
        let (agent, client, _session) = session(ClientOptions::new()).await;
        let mut slow = client.lifecycle_events();
        let before = held();
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
        let kept = held().saturating_sub(before);
        assert!(kept < MIB, "{kept} bytes");
        for _ in 0..50 {
            let event = slow.next().await.unwrap().unwrap();
            assert_eq!((event.session_id.as_str(), &*event.raw), ("s", ""));
        }
        assert!(slow.next().await.unwrap().unwrap().raw.len() > 1000);
    });
}

/// What the documentation of `LogBounds` says of payloads.
#[test]
fn a_decoded_payload_takes_less_than_20_times_its_text_and_at_worst_150_times() {
    alone(async {
        // As many copies as make what the test harness allocates meanwhile small beside them.
        let times = |data: &str| {
            let raw = format!(r#"{{"id":"1","type":"tool.execution_start","data":{data}}}"#);
            let copies = 1 + 200_000 / data.len();
            let events: Vec<_> =
                (0..copies).map(|_| EventDraft::parse(&raw).number(Seq::FIRST)).collect();
            let before = held();
            for event in &events {
                assert!(event.data().kind().is_some(), "{:?}", event.data());
            }
            held().saturating_sub(before) / (copies * data.len())
        };
        let of = |arguments: &str| {
            times(&format!(r#"{{"toolCallId":"1","toolName":"bash","arguments":{arguments}}}"#))
        };
        let usual = r#"{"command":"cargo test --all-features","description":"Runs the tests","timeout":60}"#;
        let usual = of(usual);
        assert!(usual < 20, "{usual}");
        let deep = format!("{}0{}", r#"{"":"#.repeat(100), "}".repeat(100));
        for worst in [r#"{"":0}"#, "[0]", "[]", "0", r#""x""#, "[[0]]", r#"{"":{"":0}}"#, &deep]
        {
            let many = vec![worst; 60_000 / worst.len()].join(",");
            let times = of(&format!("[{many}]"));
            let what = worst.get(..20).unwrap_or(worst);
            assert!(times <= 150, "{what}: {times}");
        }
    });
}

#[test]
fn replies_that_nobody_reads_are_bounded_by_their_bytes() {
    alone(async {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let limits = ConnectionLimits::default().max_inbound_bytes(4 * MIB);
        let options =
            ClientOptions::new().connection_limits(limits).on_any_request(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
                async { Ok(Value::from("x".repeat(MIB))) }
            });
        let (agent, client, _session) = session(options).await;
        agent.stall();
        let before = held();
        for number in 0..100 {
            let request =
                json!({ "jsonrpc": "2.0", "id": number, "method": "m", "params": {} });
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
        let kept = held().saturating_sub(before);
        assert!(asked.load(Ordering::SeqCst) >= 4, "some were answered");
        assert!(kept < 12 * MIB, "{kept} bytes after {asked:?} answers");
        agent.resume();
        client.ping("the connection lives").await.unwrap();
    });
}

#[test]
fn requests_in_flight_are_bounded_by_their_bytes() {
    alone(async {
        let limits = ConnectionLimits::default().max_inbound_bytes(4 * MIB);
        let options = ClientOptions::new()
            .connection_limits(limits)
            .on_any_request(|_| async { std::future::pending().await });
        let (agent, client, _session) = session(options).await;
        let before = held();
        let text = "x".repeat(MIB);
        let mut refused = Vec::new();
        for number in 0..100 {
            let request = agent.request("m", json!({ "number": number, "text": text }));
            if let Some(answer) = asked(&client, request).await {
                refused.push(answer.unwrap_err()["code"].clone());
            }
            agent.forget_received();
        }
        let kept = held().saturating_sub(before);
        assert!(
            refused.len() >= 96 && refused.iter().all(|code| *code == -32_000),
            "{refused:?}"
        );
        assert!(kept < 12 * MIB, "{kept} bytes");
    });
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
