//! What the runtime gets for an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use copilot_sessions::ClientOptions;
use copilot_sessions::rpc::RpcError;
use copilot_sessions::session::{RequestOrder, RuntimeRequest};
use futures::FutureExt;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::{connected, send};

#[tokio::test]
async fn an_error_is_answered_with_its_code_its_message_and_its_data() {
    let (agent, _client) =
        connected(ClientOptions::new().on_request("m", |request| async move {
            let mut error = RpcError::new(-5, "no \"way\"\n");
            match request.params::<u8>()? {
                0 => error = error.with_data(&json!({ "retry": [1, null] })),
                1 => {
                    error.data = Some(RawValue::from_string(r#""\ud83d""#.to_owned()).unwrap());
                }
                _ => {}
            }
            Err(error)
        }))
        .await;
    let error =
        json!({ "code": -5, "message": "no \"way\"\n", "data": { "retry": [1, null] } });
    assert_eq!(agent.request("m", json!(0)).await, Err(error));
    // Data that a runtime can't parse would cost it the whole answer.
    let bare = json!({ "code": -5, "message": "no \"way\"\n" });
    assert_eq!(agent.request("m", json!(1)).await, Err(bare.clone()));
    assert_eq!(agent.request("m", json!(2)).await, Err(bare));
}

#[tokio::test]
async fn a_request_without_a_handler_is_an_unknown_method() {
    let options = ClientOptions::new().on_request("other", |_| async { Ok(Value::Null) });
    let (agent, _client) = connected(options).await;
    let error = agent.request("m", json!({})).await.unwrap_err();
    assert_eq!(error["code"], -32_601);
}

/// Panics, before or behind an await, with a text or with what panics when it is dropped.
async fn panics(request: RuntimeRequest) -> Result<Value, RpcError> {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("the payload panics as well");
        }
    }
    match request.params::<u8>()? {
        0 => panic!("as told"),
        1 => {
            tokio::task::yield_now().await;
            panic!("behind {}", "an await");
        }
        2 => std::panic::panic_any(Payload),
        n => Ok(json!(n)),
    }
}

#[tokio::test]
async fn a_panic_fails_its_own_request_and_no_other() {
    let ordered = |request| {
        // Panics before there is a future.
        assert!(RuntimeRequest::raw_params(&request) != "4", "as told");
        panics(request)
    };
    let options = ClientOptions::new().on_request("concurrent", panics).on_ordered_request(
        "ordered",
        RequestOrder::all(),
        ordered,
    );
    let (agent, client) = connected(options).await;
    for method in ["concurrent", "ordered"] {
        let mut sent = Vec::new();
        for n in [0, 3, 1, 2, 5] {
            sent.push((n, send(&agent, method, json!(n)).await));
        }
        for (n, answer) in sent {
            match answer.await {
                Ok(answer) => assert_eq!((n > 2, answer), (true, json!(n))),
                Err(error) => assert_eq!((n < 3, &error["code"]), (true, &json!(-32_603))),
            }
        }
    }
    let error = agent.request("ordered", json!(4)).await.unwrap_err();
    assert_eq!(error["code"], -32_603);
    assert_eq!(agent.request("ordered", json!(5)).await, Ok(json!(5)));
    client.ping("still there").await.unwrap();
}

#[tokio::test]
async fn options_serve_several_clients_each_with_queues_of_its_own() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let options = ClientOptions::new().on_ordered_request(
        "m",
        RequestOrder::all(),
        move |request: RuntimeRequest| {
            let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                if first {
                    std::future::pending::<()>().await;
                }
                Ok(json!(request.raw_params()))
            }
        },
    );
    let (first, _first_client) = connected(options.clone()).await;
    let (second, _second_client) = connected(options).await;
    let _waits_for_ever = send(&first, "m", json!(1)).await;
    while calls.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(second.request("m", json!(2)).await, Ok(json!("2")));
}

#[tokio::test]
async fn a_request_of_the_agent_after_the_end_of_the_connection_is_answered_by_null() {
    let (cut, client) = connected(ClientOptions::new()).await;
    cut.cut();
    assert_eq!(cut.request("m", json!({})).now_or_never(), Some(Err(Value::Null)));
    client.closed().await;

    let (left, client) = connected(ClientOptions::new()).await;
    client.stop().await.unwrap();
    left.disconnected().await;
    assert_eq!(left.request("m", json!({})).now_or_never(), Some(Err(Value::Null)));
}
