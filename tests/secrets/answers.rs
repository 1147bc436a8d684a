//! Errors, requests and notifications print no part of what the runtime sent.

use std::error::Error as _;
use std::fmt::Debug;

use copilot_sessions::events::EventDraft;
use copilot_sessions::rpc::{
    Connection, ConnectionLimits, Disconnect, Inbound, Peer, Responder, RpcError,
};
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{Client, ClientOptions, Error, ErrorKind, SessionConfig};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::planted::PLANTED;

/// An answer with a secret in every kind of place that an error could quote.
fn answer() -> Value {
    json!({
        "number": PLANTED, "choice": PLANTED, "other": { PLANTED: PLANTED }, "list": [PLANTED],
        "sessionId": [PLANTED], "sessions": PLANTED, "events": PLANTED, "models": PLANTED,
        "version": { PLANTED: 1 }, "message": [PLANTED], "isAuthenticated": PLANTED,
    })
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only decoded")]
struct Number {
    number: u64,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only decoded")]
struct Chosen {
    choice: Choice,
}

#[derive(Debug, Deserialize)]
enum Choice {
    Yes,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Everything that an error prints, with its causes.
fn printed(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.extend([format!(" {error}"), format!(" {error:?}")]);
        cause = error.source();
    }
    text
}

fn is_hidden(what: &str, printed: &str) {
    assert!(!printed.contains(PLANTED), "{what}: {printed}");
}

async fn connected() -> (ScriptedAgent, Client) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new()).await.unwrap();
    (agent, client)
}

/// Calls while the agent answers `method` with a secret; what the error prints.
async fn refused<T: Debug>(
    agent: &ScriptedAgent,
    method: &str,
    call: impl Future<Output = Result<T, Error>>,
) -> Error {
    agent.hold(method);
    let (result, ()) = tokio::join!(call, async {
        agent.expect(method).await.reply(answer());
    });
    agent.release(method);
    result.unwrap_err()
}

#[tokio::test]
async fn an_answer_of_the_wrong_type_is_not_in_the_error() {
    let (agent, client) = connected().await;
    let nothing = json!({});
    let number = refused(&agent, "x", client.call::<Number>("x", &nothing)).await;
    let chosen = refused(&agent, "x", client.call::<Chosen>("x", &nothing)).await;
    let unknown = refused(&agent, "x", client.call::<Nothing>("x", &nothing)).await;
    let text = refused(&agent, "x", client.call::<String>("x", &nothing)).await;
    let status = refused(&agent, "status.get", client.status()).await;
    let typed = refused(&agent, "models.list", client.rpc().models().list()).await;
    for error in [number, chosen, unknown, text, status, typed] {
        assert_eq!(*error.kind(), ErrorKind::InvalidResponse, "{error:?}");
        assert!(error.source().is_some(), "{error:?}");
        is_hidden("the error", &printed(&error));
    }
}

#[tokio::test]
async fn a_start_with_a_wrong_answer_does_not_print_it() {
    let (agent, client) = connected().await;
    let start =
        async { client.create_session(SessionConfig::new()).await.map_err(Error::from) };
    let error = refused(&agent, "session.create", start).await;
    is_hidden("the error", &printed(&error));
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let error = refused(&agent, "session.getMessages", session.history()).await;
    is_hidden("the error", &printed(&error));
}

#[tokio::test]
async fn the_data_of_an_error_object_is_not_printed() {
    let (agent, client) = connected().await;
    agent.hold("x");
    let raw = format!(r#"{{"{PLANTED}":"{PLANTED}"}}"#);
    let nothing = json!({});
    let (result, ()) = tokio::join!(client.call::<Value>("x", &nothing), async {
        let request = agent.expect("x").await;
        let id = request.id();
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-5,"message":"no","data":{raw}}}}}"#
        );
        agent.raw(copilot_sessions::rpc::encode_frame(body.as_bytes()));
    });
    let error = result.unwrap_err();
    is_hidden("the error", &printed(&error));
    let remote = error.source().unwrap().downcast_ref::<RpcError>().unwrap();
    assert_eq!(remote.data.as_ref().unwrap().get(), raw, "it is there all the same");
}

#[tokio::test]
async fn a_call_of_the_lower_layer_does_not_print_its_answer() {
    struct Nobody;
    impl Inbound for Nobody {
        fn notification(&mut self, _: &str, _: Option<&RawValue>) {}
        fn request(&mut self, _: &str, _: Option<&RawValue>, _: Responder) {}
        fn closed(&mut self, _: &Disconnect) {}
    }
    let agent = ScriptedAgent::new();
    let (reader, writer) = tokio::io::split(agent.stream());
    let connection = Connection::from_streams(reader, writer);
    let peer = Peer::spawn(connection, Nobody, ConnectionLimits::default());
    agent.hold("x");
    let nothing = json!({});
    let (result, ()) = tokio::join!(peer.call::<Number>("x", &nothing), async {
        agent.expect("x").await.reply(answer());
    });
    let error = result.unwrap_err();
    let text = format!("{error} {error:?} {}", error.source().unwrap());
    is_hidden("the error", &text);
    assert!(text.contains("expected u64"), "{text}");
}

#[tokio::test]
async fn requests_and_notifications_print_their_names_alone() {
    let (printed, mut texts) = tokio::sync::mpsc::unbounded_channel();
    let options = ClientOptions::new().on_any_request(move |request| {
        let error = request.params::<Number>().unwrap_err();
        let _ = printed.send(format!("{request:?} {error} {error:?}"));
        async { Ok(Value::Null) }
    });
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await.unwrap();
    let mut events = client.lifecycle_events();
    agent.request("hooks.invoke", answer()).await.unwrap();
    let text = texts.recv().await.unwrap();
    assert!(text.contains("hooks.invoke"), "{text}");
    is_hidden("a request", &text);
    let params = json!({ "type": "session.created", "sessionId": "s", "metadata": PLANTED });
    agent.notify("session.lifecycle", params);
    let event = events.next().await.unwrap().unwrap();
    is_hidden("a lifecycle event", &format!("{event:?}"));
    assert!(event.raw.contains(PLANTED), "it is there all the same");
}

#[test]
fn an_event_that_can_not_be_read_does_not_print_its_text() {
    let raw = format!(
        r#"{{"id":5,"type":"assistant.message","timestamp":"{PLANTED}","data":{{"content":{{"{PLANTED}":"{PLANTED}"}},"messageId":"{PLANTED}"}}}}"#
    );
    let event = EventDraft::parse(&raw).number(copilot_sessions::Seq::FIRST);
    let error = event.decode::<Number>().unwrap_err();
    is_hidden("the event", &format!("{event:?} {:?} {error} {error:?}", event.data()));
    let event =
        EventDraft::parse(&format!("\"{PLANTED}\"")).number(copilot_sessions::Seq::FIRST);
    is_hidden("no object", &format!("{event:?} {:?}", event.problem()));
}
