//! The scripted model speaks the chat-completions interface, as a client sees it on the wire.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of a test may panic as the test may"
)]

use std::io::ErrorKind;
use std::time::Duration;

use copilot_sessions::testing::model::{Reply, ScriptedModel};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Longer than anything takes; only ever waited for on the paused clock.
const LONG: Duration = Duration::from_secs(3600);

fn ask(stream: bool) -> Value {
    let message = json!({ "role": "user", "content": "<now>noon</now>\n\nping" });
    json!({ "model": "any", "stream": stream, "messages": [message] })
}

/// Sends a request on a connection of its own, and leaves the answer to be read.
async fn send(model: &ScriptedModel, method: &str, path: &str, body: &str) -> TcpStream {
    let base = model.base_url();
    let address = base.trim_start_matches("http://").trim_end_matches("/v1");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{method} /v1{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        model.api_key(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream
}

async fn send_prompt(model: &ScriptedModel, streaming: bool) -> TcpStream {
    send(model, "POST", "/chat/completions", &ask(streaming).to_string()).await
}

/// What came before the connection ended, however it ended.
async fn read_all(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes).await {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    String::from_utf8(bytes).unwrap()
}

async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    while !text.contains(wanted) {
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).await.unwrap();
        assert_ne!(count, 0, "ended before {wanted:?}: {text}");
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    text
}

/// The payloads of the server-sent events in `text`.
fn events(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
}

/// The deltas of the one choice in each event that has one.
fn deltas(text: &str) -> Vec<Value> {
    events(text)
        .into_iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok())
        .filter_map(|event| event["choices"].get(0).cloned())
        .map(|choice| choice["delta"].clone())
        .collect()
}

async fn ask_whole(model: &ScriptedModel) -> Value {
    let answer = read_all(send_prompt(model, false).await).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn a_streamed_answer_is_one_event_per_chunk_and_a_marked_end() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::chunks(["a", "b"]).reasoning("why"));
    let answer = read_all(send_prompt(&model, true).await).await;

    assert!(answer.contains("text/event-stream"));
    let expected = [
        json!({ "role": "assistant", "reasoning_content": "why" }),
        json!({ "content": "a" }),
        json!({ "content": "b" }),
        json!({}),
    ];
    assert_eq!(deltas(&answer), expected);
    let events = events(&answer);
    let [finish, usage, done] = events[events.len() - 3..] else {
        panic!("three events end an answer");
    };
    assert!(finish.contains(r#""finish_reason":"stop""#));
    assert!(usage.contains("completion_tokens"));
    assert_eq!(done, "[DONE]");
    assert!(answer.ends_with("0\r\n\r\n"), "the body is complete");
}

#[tokio::test]
async fn an_answer_that_is_not_streamed_has_the_chunks_joined() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::chunks(["a", "b"]).reasoning("wh").reasoning("y"));
    let answer = ask_whole(&model).await;

    let message = json!({ "role": "assistant", "content": "ab", "reasoning_content": "why" });
    assert_eq!(answer["choices"][0]["message"], message);
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert_eq!(answer["usage"]["completion_tokens"], 4);
}

#[tokio::test]
async fn tool_calls_are_numbered_and_have_ids_of_their_own() {
    let model = ScriptedModel::start().await.unwrap();
    let reply = || {
        Reply::tool_call("one", json!({ "n": 1 }))
            .and_tool_call("two", json!({}))
            .and_text("so")
    };
    model.push(reply());
    model.push(reply());

    let whole = ask_whole(&model).await;
    let calls = whole["choices"][0]["message"]["tool_calls"].clone();
    assert_eq!(calls[0]["function"], json!({ "name": "one", "arguments": r#"{"n":1}"# }));
    assert_eq!(calls[1]["index"], 1);
    assert_ne!(calls[0]["id"], calls[1]["id"]);
    assert_eq!(whole["choices"][0]["finish_reason"], "tool_calls");

    let answer = read_all(send_prompt(&model, true).await).await;
    let deltas = deltas(&answer);
    assert_eq!(deltas[0]["content"], "so", "text comes before calls");
    assert_eq!(deltas[1]["tool_calls"][0]["index"], 0);
    assert_eq!(deltas[2]["tool_calls"][0]["function"]["name"], "two");
    assert_ne!(deltas[1]["tool_calls"][0]["id"], calls[0]["id"], "another answer, another id");
}

#[tokio::test]
async fn an_error_has_its_status_message_and_retry_after() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::error(429, "slow down").retry_after(7));
    model.push(Reply::error(200, "not an error at all"));

    let answer = read_all(send_prompt(&model, true).await).await;
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    assert!(answer.contains("retry-after: 7\r\n"));
    assert!(answer.contains(r#""message":"slow down""#));
    let answer = read_all(send_prompt(&model, true).await).await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
}

#[tokio::test]
async fn replies_go_out_in_order_then_the_function_answers() {
    let model = ScriptedModel::start().await.unwrap();
    model.respond_with(|request| Reply::text(format!("to {}", request.prompt())));
    model.push(Reply::text("first"));
    model.push(Reply::text("second"));
    assert_eq!(model.replies_left(), 2);

    for expected in ["first", "second", "to ping", "to ping"] {
        let answer = ask_whole(&model).await;
        assert_eq!(answer["choices"][0]["message"]["content"], expected);
    }
    assert_eq!(model.replies_left(), 0);
}

#[tokio::test]
async fn without_a_script_the_prompt_comes_back() {
    let model = ScriptedModel::start().await.unwrap();
    let answer = ask_whole(&model).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "ping");
}

#[tokio::test]
async fn requests_are_kept_as_they_came() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::hang());
    let unanswered = send_prompt(&model, true).await;

    let requests = model.wait_for_requests(1).await;
    let [request] = requests.as_slice() else {
        panic!("one request was sent");
    };
    assert_eq!(request.body(), &ask(true));
    assert!(request.is_streaming());
    assert_eq!(request.authorization(), Some(model.api_key()));
    assert_eq!(request.last_user_message().unwrap(), "<now>noon</now>\n\nping");
    drop(unanswered);
}

#[tokio::test]
async fn a_cut_answer_keeps_what_came_before_and_has_no_end() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::chunks(["a", "b", "c"]).cut_after(2));
    let answer = read_all(send_prompt(&model, true).await).await;

    assert_eq!(deltas(&answer).len(), 2);
    assert_eq!(deltas(&answer)[1], json!({ "content": "b" }));
    assert!(!answer.contains("[DONE]") && !answer.ends_with("0\r\n\r\n"));
}

#[tokio::test]
async fn an_answer_cut_at_the_start_or_not_streamed_is_no_answer() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::text("a").cut_after(0));
    model.push(Reply::chunks(["a", "b"]).cut_after(1));
    assert_eq!(read_all(send_prompt(&model, true).await).await, "");
    assert_eq!(read_all(send_prompt(&model, false).await).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_held_answer_stops_where_it_is_told_until_released() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::chunks(["a", "b"]).hold_after(1));
    let mut stream = send_prompt(&model, true).await;
    read_until(&mut stream, r#""content":"a""#).await;
    assert!(timeout(LONG, stream.read_u8()).await.is_err(), "held");

    model.release();
    assert_eq!(deltas(&read_all(stream).await)[0], json!({ "content": "b" }));
}

#[tokio::test(start_paused = true)]
async fn a_release_is_for_the_requests_that_have_arrived() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::hang());
    model.push(Reply::hang());
    let first = send_prompt(&model, false).await;
    model.wait_for_requests(1).await;
    model.release();
    assert!(read_all(first).await.ends_with('}'));

    let mut second = send_prompt(&model, false).await;
    model.wait_for_requests(2).await;
    assert!(timeout(LONG, second.read_u8()).await.is_err(), "not released");
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_before_the_first_byte_and_between_chunks() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::chunks(["a", "b", "c"]).delay(LONG));
    let before = Instant::now();
    let answer = read_all(send_prompt(&model, true).await).await;
    assert!(answer.contains("[DONE]"));
    assert!((3 * LONG..4 * LONG).contains(&before.elapsed()));
}

#[tokio::test]
async fn dropping_the_model_ends_connections_and_closes_the_port() {
    let model = ScriptedModel::start().await.unwrap();
    model.push(Reply::chunks(["a", "b"]).hold_after(1));
    let mut stream = send_prompt(&model, true).await;
    read_until(&mut stream, r#""content":"a""#).await;
    let address = stream.peer_addr().unwrap();

    drop(model);
    assert!(!read_all(stream).await.contains("[DONE]"));
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn models_are_listed_and_other_endpoints_are_not_found() {
    let model = ScriptedModel::start().await.unwrap();
    let answer = read_all(send(&model, "GET", "/models", "").await).await;
    assert!(answer.contains(model.name()));
    let answer = read_all(send(&model, "POST", "/responses", "{}").await).await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    let answer = read_all(send(&model, "POST", "/chat/completions", "{").await).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(model.requests().is_empty(), "none of these was a request to answer");
}
