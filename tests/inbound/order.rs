//! The order in which an ordered handler is called, and its bounds.

use std::sync::{Arc, Mutex};

use copilot_sessions::ClientOptions;
use copilot_sessions::session::{RequestOrder, RuntimeRequest};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc};

use crate::{connected, send};

const START: &str = "llmInference.httpRequestStart";
const CHUNK: &str = "llmInference.httpRequestChunk";

/// What a handler was called with, in this order.
type Calls = Arc<Mutex<Vec<String>>>;

/// Sends the start and the chunks of bodies that take turns, 500 requests in all, and checks that
/// each body was handled in order.
async fn bodies_arrive_in_order(order: RequestOrder, bodies: usize) {
    let calls = Calls::default();
    let handled = Arc::clone(&calls);
    let options =
        ClientOptions::new().on_ordered_request([START, CHUNK], order, move |request| {
            let calls = Arc::clone(&handled);
            async move {
                let params: Value = request.params()?;
                // So that a task of its own for each would be overtaken.
                for _ in 0..params["n"].as_u64().unwrap() % 3 {
                    tokio::task::yield_now().await;
                }
                let name = request.method().trim_start_matches("llmInference.httpRequest");
                let call = format!("{}: {name} {}", params["requestId"], params["n"]);
                calls.lock().unwrap().push(call);
                Ok(params["n"].clone())
            }
        });
    let (agent, _client) = connected(options).await;
    let mut sent = Vec::new();
    for n in 0..500 / bodies {
        for body in 0..bodies {
            // As real ones: the start names a session, the chunks don't.
            let (method, mut params) = (if n == 0 { START } else { CHUNK }, json!({}));
            params["requestId"] = json!(body);
            params["n"] = json!(n);
            if n == 0 {
                params["sessionId"] = json!("s");
            }
            sent.push(send(&agent, method, params).await);
        }
    }
    for (index, answer) in join_all(sent).await.into_iter().enumerate() {
        assert_eq!(answer, Ok(json!(index / bodies)));
    }
    let calls = calls.lock().unwrap();
    assert_eq!(calls.len(), 500);
    for body in 0..bodies {
        let of_body = calls.iter().filter(|call| call.starts_with(&format!("{body}: ")));
        let expected = (0..500 / bodies).map(|n| {
            let name = if n == 0 { "Start" } else { "Chunk" };
            format!("{body}: {name} {n}")
        });
        assert!(of_body.cloned().eq(expected), "body {body}: {calls:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_hundred_requests_of_two_methods_are_handled_in_the_order_of_their_arrival() {
    bodies_arrive_in_order(RequestOrder::all(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_with_the_same_parameter_are_handled_in_the_order_of_their_arrival() {
    bodies_arrive_in_order(RequestOrder::by_param("requestId"), 5).await;
}

#[tokio::test]
async fn one_session_does_not_wait_for_another_and_a_request_waits_for_the_one_before() {
    let go = Arc::new(Semaphore::new(0));
    let (entered, mut entries) = mpsc::unbounded_channel();
    let wait = Arc::clone(&go);
    let handler = move |request: RuntimeRequest| {
        let (go, entered) = (Arc::clone(&wait), entered.clone());
        async move {
            let session = request.session_id().map(|id| id.as_str().to_owned());
            entered.send(session.clone()).unwrap();
            if session.as_deref() == Some("slow") {
                go.acquire().await.unwrap().forget();
            }
            Ok(json!(session))
        }
    };
    let order = RequestOrder::by_session();
    let (agent, _client) =
        connected(ClientOptions::new().on_ordered_request("m", order, handler)).await;
    let first = send(&agent, "m", json!({ "sessionId": "slow" })).await;
    let second = send(&agent, "m", json!({ "sessionId": "slow" })).await;
    assert_eq!(agent.request("m", json!({ "sessionId": "fast" })).await, Ok(json!("fast")));
    assert_eq!(agent.request("m", json!({})).await, Ok(Value::Null));
    let mut entered = Vec::new();
    while let Ok(session) = entries.try_recv() {
        entered.push(session);
    }
    assert_eq!(entered, [Some("slow".to_owned()), Some("fast".to_owned()), None]);
    go.add_permits(2);
    assert_eq!((first.await, second.await), (Ok(json!("slow")), Ok(json!("slow"))));
}

#[tokio::test]
async fn a_request_that_finds_too_many_waiting_is_refused_and_the_others_are_answered() {
    let (go, entered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (go, entered) = (Arc::clone(&go), Arc::clone(&entered));
        move |request: RuntimeRequest| {
            let (go, entered) = (Arc::clone(&go), Arc::clone(&entered));
            async move {
                let n: u64 = request.params()?;
                if n == 0 {
                    entered.notify_one();
                    go.notified().await;
                }
                Ok(json!(n))
            }
        }
    };
    let order = RequestOrder::all().max_waiting(2);
    let options = ClientOptions::new().on_ordered_request("m", order, handler);
    let (agent, _client) = connected(options).await;
    let first = send(&agent, "m", json!(0)).await;
    entered.notified().await;
    let waiting = [send(&agent, "m", json!(1)).await, send(&agent, "m", json!(2)).await];
    for n in 3..6 {
        let error = agent.request("m", json!(n)).await.unwrap_err();
        assert_eq!(error["code"], -32_000);
    }
    go.notify_one();
    assert_eq!(first.await, Ok(json!(0)));
    assert_eq!(join_all(waiting).await, [Ok(json!(1)), Ok(json!(2))]);
    assert_eq!(agent.request("m", json!(6)).await, Ok(json!(6)));
}

#[tokio::test]
async fn an_order_without_requests_has_no_task() {
    let handler = async |_: RuntimeRequest| Ok(Value::Null);
    let order = RequestOrder::by_param("key");
    let options = ClientOptions::new().on_ordered_request("m", order, handler);
    let (agent, client) = connected(options).await;
    client.ping("").await.unwrap();
    let alive = || Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let mut sent = Vec::new();
    for key in 0..100 {
        sent.push(send(&agent, "m", json!({ "key": key })).await);
    }
    assert!(join_all(sent).await.iter().all(Result::is_ok));
    while alive() > before {
        tokio::task::yield_now().await;
    }
}
