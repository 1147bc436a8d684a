//! Calls of tools: arguments in, results out, each answered once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use copilot_sessions::{SessionConfig, Tool, ToolCall, ToolError, ToolOutput};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{TOOL, answer, answers, call_tool, started, tell, yields};

#[derive(Deserialize)]
struct Lookup {
    word: String,
}

fn with(tool: Tool) -> SessionConfig {
    SessionConfig::new().tool(tool)
}

/// What the runtime gets for a call with these arguments.
async fn result_of(tool: Tool, arguments: Value) -> Value {
    let (mut peer, _client, _session) = started(with(tool)).await;
    call_tool(&mut peer, "r", "t", arguments).await;
    let (id, result) = answer(&mut peer, TOOL).await;
    assert_eq!(id, "r");
    result
}

fn success(text: &str) -> Value {
    json!({ "textResultForLlm": text, "resultType": "success" })
}

fn failure(text: &str) -> Value {
    json!({ "textResultForLlm": text, "resultType": "failure" })
}

#[tokio::test(start_paused = true)]
async fn a_call_gets_its_arguments_and_its_context() {
    let prefix = String::from("a ");
    let tool = Tool::new("t").handle(async move |lookup: Lookup, call: ToolCall| {
        assert_eq!((call.tool_name(), call.request_id()), ("t", "r"));
        assert_eq!(call.tool_call_id(), "call-r");
        assert_eq!(call.working_directory(), Some("/workspace"));
        assert_eq!(call.event().kind(), "external_tool.requested");
        assert_eq!(call.session().id().unwrap().as_str(), "s");
        assert!(!call.cancellation().is_cancelled());
        Ok(prefix + &lookup.word)
    });
    assert_eq!(result_of(tool, json!({ "word": "heron" })).await, success("a heron"));
}

#[tokio::test(start_paused = true)]
async fn what_a_tool_returns_is_its_result() {
    let tool = |output: fn() -> Result<ToolOutput, ToolError>| {
        Tool::new("t").handle(async move |_: Value, _| output())
    };
    let of = |output| result_of(tool(output), json!({}));
    assert_eq!(of(|| Ok("x".into())).await, success("x"));
    assert_eq!(of(|| Ok(json!({ "a": 1 }).into())).await, success(r#"{"a":1}"#));
    assert_eq!(of(|| Ok(().into())).await, success(""));
    assert_eq!(of(|| Ok(ToolOutput::json(&[1, 2])?)).await, success("[1,2]"));
    assert_eq!(of(|| Err(ToolError::new("no"))).await, failure("no"));
    assert_eq!(of(|| Ok(ToolOutput::failure("no"))).await, failure("no"));
    let rejected = json!({ "textResultForLlm": "no", "resultType": "rejected" });
    assert_eq!(of(|| Ok(ToolOutput::rejected("no"))).await, rejected);
    assert_eq!(
        of(|| Err("x".parse::<u8>().unwrap_err().into())).await,
        failure("invalid digit found in string")
    );
    let all = of(|| {
        Ok(ToolOutput::text_of("x")
            .image("image/png", [1, 2])
            .references(["other"])
            .session_log("logged")
            .telemetry("k", 5))
    });
    assert_eq!(
        all.await,
        json!({
            "textResultForLlm": "x", "resultType": "success", "sessionLog": "logged",
            "binaryResultsForLlm": [{ "type": "image", "mimeType": "image/png", "data": "AQI=" }],
            "toolReferences": ["other"], "toolTelemetry": { "k": 5 },
        })
    );
}

#[tokio::test(start_paused = true)]
async fn arguments_that_can_not_be_read_are_a_failure_and_call_nothing() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let tool = Tool::new("t").handle(async move |_: Lookup, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok("called")
    });
    for arguments in [json!({}), json!({ "word": 5 }), json!([]), Value::Null] {
        let result = result_of(tool.clone(), arguments).await;
        assert_eq!(result["resultType"], "failure");
        let text = result["textResultForLlm"].as_str().unwrap();
        assert!(text.starts_with("invalid arguments: "), "{text}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_panic_and_a_passed_limit_are_failures_and_the_next_call_is_answered() {
    let tool =
        Tool::new("t").time_limit(Duration::from_secs(5)).handle(async |lookup: Lookup, _| {
            match &*lookup.word {
                "panic" => panic!("handler"),
                "hang" => std::future::pending().await,
                _ => Ok("x"),
            }
        });
    let (mut peer, _client, _session) = started(with(tool)).await;
    for (word, result) in [
        ("panic", failure("the tool `t` failed unexpectedly")),
        ("hang", failure("the tool `t` did not answer within 5s")),
        ("else", success("x")),
    ] {
        call_tool(&mut peer, word, "t", json!({ "word": word })).await;
        assert_eq!(answer(&mut peer, TOOL).await, (word.to_owned(), result));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_delivered_twice_is_made_and_answered_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let tool = Tool::new("t").handle(async move |_: Value, _| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        counter.fetch_add(1, Ordering::SeqCst);
        Ok("x")
    });
    let (mut peer, client, _session) = started(with(tool)).await;
    for _ in 0..3 {
        call_tool(&mut peer, "r", "t", json!({})).await;
    }
    assert_eq!(answer(&mut peer, TOOL).await.0, "r");
    // And behind its end.
    call_tool(&mut peer, "r", "t", json!({})).await;
    tell(&mut peer, "external_tool.completed", &json!({ "requestId": "r" })).await;
    call_tool(&mut peer, "r", "t", json!({})).await;
    assert_eq!(answers(&mut peer, &client).await, 0);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tool_of_another_client_and_one_that_is_only_declared_are_left_to_others() {
    let config =
        with(Tool::new("declared")).tool(Tool::new("t").handle(async |_: Value, _| Ok("x")));
    let (mut peer, client, session) = started(config).await;
    for tool in ["another's", "declared"] {
        call_tool(&mut peer, tool, tool, json!({})).await;
    }
    assert_eq!(answers(&mut peer, &client).await, 0);
    // Whoever reads the event can answer it.
    let mut params = json!({ "requestId": "declared", "result": "by hand" });
    params["sessionId"] = json!("s");
    let call = session.call::<Value>(TOOL, &params);
    let (answered, (id, result)) = tokio::join!(call, answer(&mut peer, TOOL));
    assert_eq!(answered.unwrap(), json!({ "success": true }));
    assert_eq!((&*id, result), ("declared", json!("by hand")));
}

#[cfg(feature = "derive")]
#[tokio::test(start_paused = true)]
async fn a_typed_tool_tells_the_model_the_schema_of_its_arguments() {
    use copilot_sessions::schemars::JsonSchema;

    #[derive(Deserialize, JsonSchema)]
    #[schemars(crate = "copilot_sessions::schemars")]
    struct Typed {
        /// What to look up.
        word: String,
        #[serde(default)]
        deep: Option<bool>,
    }

    let (mut peer, client) = crate::connected().await;
    let tool = Tool::new("t").handle_typed(async |typed: Typed, _| {
        assert_eq!(typed.deep, None);
        Ok(typed.word)
    });
    let starting = tokio::spawn(client.create_session(with(tool).session_id("s")).start());
    let create = peer.expect("session.create").await;
    let parameters = &create["params"]["tools"][0]["parameters"];
    assert_eq!(
        (&parameters["type"], &parameters["required"]),
        (&json!("object"), &json!(["word"]))
    );
    assert_eq!(parameters["properties"]["word"]["description"], "What to look up.");
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    let _session = starting.await.unwrap().unwrap();
    call_tool(&mut peer, "r", "t", json!({ "word": "heron" })).await;
    assert_eq!(answer(&mut peer, TOOL).await.1, success("heron"));
}

/// Says when it is dropped.
struct Dropped(
    Option<tokio::sync::oneshot::Sender<bool>>,
    copilot_sessions::session::Cancellation,
);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.take().unwrap().send(self.1.is_cancelled());
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_nobody_waits_for_is_dropped_and_its_token_fires() {
    for way in ["completed", "disconnect", "drop", "stop"] {
        let (sender, dropped) = tokio::sync::oneshot::channel();
        let (tokens, mut token) = tokio::sync::mpsc::unbounded_channel();
        let sender = Arc::new(std::sync::Mutex::new(Some(sender)));
        let tool = Tool::new("t").handle(async move |_: Value, call: ToolCall| {
            let cancellation = call.cancellation().clone();
            let sender = sender.lock().unwrap().take();
            let _dropped = Dropped(sender, cancellation.clone());
            tokens.send(cancellation).unwrap();
            std::future::pending::<Result<(), _>>().await
        });
        let (mut peer, client, session) = started(with(tool)).await;
        call_tool(&mut peer, "r", "t", json!({})).await;
        let token = token.recv().await.unwrap();
        match way {
            "completed" => {
                let completed = json!({ "requestId": "r" });
                tell(&mut peer, "external_tool.completed", &completed).await;
            }
            "disconnect" => {
                peer.during("session.detach", session.disconnect()).await.unwrap();
            }
            "drop" => drop(session),
            _ => _ = peer.during("session.detach", client.stop()).await,
        }
        dropped.await.unwrap();
        token.cancelled().await;
        assert!(token.is_cancelled(), "{way}");
        yields().await;
        assert_eq!(peer.waiting(TOOL), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_the_runtime_refuses_or_loses_is_not_repeated() {
    let tool = || Tool::new("t").handle(async |_: Value, _| Ok("x"));
    for refused in [true, false] {
        let (mut peer, client, _session) = started(with(tool())).await;
        call_tool(&mut peer, "r", "t", json!({})).await;
        let sent = peer.expect(TOOL).await;
        if refused {
            peer.answer(&sent, r#"{"success":false}"#).await;
        } else {
            peer.refuse(&sent, -32603, "no").await;
        }
        assert_eq!(answers(&mut peer, &client).await, 0);
        call_tool(&mut peer, "q", "t", json!({})).await;
        assert_eq!(answer(&mut peer, TOOL).await.0, "q");
    }
}

/// The runtime may wait for the answer before it answers the start.
#[tokio::test(start_paused = true)]
async fn a_call_during_the_start_is_answered_before_it() {
    let (mut peer, client) = crate::connected().await;
    let tool = Tool::new("t").handle(async |_: Value, _| Ok("x"));
    let pending = client.create_session(with(tool).session_id("s"));
    let starting = tokio::spawn(pending.start());
    let create = peer.expect("session.create").await;
    assert_eq!(create["params"]["tools"], json!([{ "name": "t" }]));
    call_tool(&mut peer, "r", "t", json!({})).await;
    assert_eq!(answer(&mut peer, TOOL).await.0, "r");
    peer.answer(&create, r#"{"sessionId":"s"}"#).await;
    starting.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_use_its_session_and_end_it() {
    let tool = Tool::new("t").handle(async |_: Value, call: ToolCall| {
        call.session().call::<Value>("m", &json!({})).await?;
        let reason = call.session().close().await?;
        Ok(reason.to_string())
    });
    let (mut peer, _client, session) = started(with(tool)).await;
    call_tool(&mut peer, "r", "t", json!({})).await;
    let called = peer.expect("m").await;
    peer.answer(&called, "{}").await;
    let detach = peer.expect("session.detach").await;
    peer.answer(&detach, r#"{"success":true}"#).await;
    session.closed().await;
    yields().await;
    assert_eq!(peer.waiting(TOOL), 0);
}
