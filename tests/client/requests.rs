//! Requests of the runtime.

use copilot_sessions::ClientOptions;
use copilot_sessions::rpc::RpcError;
use copilot_sessions::session::RuntimeRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::connected;

#[tokio::test]
async fn without_a_handler_every_request_is_an_unknown_method() {
    let (agent, _client) = connected(ClientOptions::new()).await;
    let error = agent.request("hooks.invoke", json!({})).await.unwrap_err();
    assert_eq!(error["code"], -32_601);
}

#[tokio::test]
async fn a_result_an_error_and_a_panic_are_each_answered() {
    #[derive(Deserialize)]
    struct Params {
        n: u64,
    }

    async fn handle(request: RuntimeRequest) -> Result<Value, RpcError> {
        match request.method() {
            "double" => Ok(json!(request.params::<Params>()?.n * 2)),
            "repeat" => Ok(json!(request.raw_params())),
            "refuse" => Err(RpcError::new(-32_000, "no")),
            _ => panic!("{}", request.raw_params()),
        }
    }

    let (agent, client) = connected(ClientOptions::new().on_any_request(handle)).await;
    assert_eq!(agent.request("double", json!({ "n": 21 })).await, Ok(json!(42)));
    assert_eq!(agent.request("double", json!({})).await.unwrap_err()["code"], -32_602);
    assert_eq!(agent.request("repeat", json!({"a":1})).await, Ok(json!(r#"{"a":1}"#)));
    assert_eq!(agent.request("refuse", json!({})).await.unwrap_err()["code"], -32_000);
    assert_eq!(agent.request("panic", json!({})).await.unwrap_err()["code"], -32_603);
    client.ping("still there").await.unwrap();
}

#[tokio::test]
async fn handlers_run_concurrently_and_do_not_block_the_reader() {
    static GO: Notify = Notify::const_new();
    let options = ClientOptions::new().on_any_request(|request| async move {
        if request.method() == "wait" {
            GO.notified().await;
        } else {
            GO.notify_one();
        }
        Ok(Value::Null)
    });
    let (agent, client) = connected(options).await;
    let waiting = tokio::spawn({
        let agent = agent.clone();
        async move { agent.request("wait", json!({})).await }
    });
    client.ping("replies arrive").await.unwrap();
    agent.request("go", json!({})).await.unwrap();
    waiting.await.unwrap().unwrap();
}
