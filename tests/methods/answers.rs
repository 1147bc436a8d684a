//! What becomes of answers, and of calls that get none.

use std::error::Error as _;

use copilot_sessions::events::kinds::SessionMode;
use copilot_sessions::methods::ModeSetRequest;
use copilot_sessions::{Error, ErrorKind};
use futures::{FutureExt, join};
use serde_json::{Value, json};

use crate::active;

/// The error of `models.list` when the runtime answers it with `answer`.
async fn refused(answer: Value) -> Error {
    let (agent, client, _session) = active().await;
    agent.hold("models.list");
    let call = client.rpc().models().list();
    let (called, ()) =
        join!(call, async { agent.expect("models.list").await.reply(answer.clone()) });
    called.expect_err(&answer.to_string())
}

#[tokio::test]
async fn an_answer_that_does_not_fit_names_the_method_and_the_member() {
    for (answer, place, cause) in [
        (json!({ "models": 5 }), " at `models`", "invalid type: integer, expected a sequence"),
        (json!({ "models": [{ "id": 5 }] }), " at `models[0].id`", "invalid type"),
        (json!({ "models": [{ "id": "a" }] }), " at `models[0].name`", "missing field `name`"),
        (json!({}), " at `models`", "missing field `models`"),
        (json!([]), "", "invalid type: sequence"),
        (json!(null), "", "invalid type: null"),
    ] {
        let error = refused(answer.clone()).await;
        assert_eq!(*error.kind(), ErrorKind::InvalidResponse);
        assert_eq!(
            error.to_string(),
            format!(
                "the runtime's answer to `models.list` does not have the expected type{place}; \
                 `call_raw` returns it as it was sent"
            )
        );
        let source = error.source().unwrap().to_string();
        assert!(source.starts_with(cause), "{answer}: {source}");
    }
}

#[tokio::test]
async fn the_runtimes_error_passes_through() {
    let (agent, client, session) = active().await;
    for method in ["session.mode.set", "ping"] {
        agent.hold(method);
    }
    let params = ModeSetRequest::new(SessionMode::Plan);
    let (called, ()) = join!(session.rpc().mode().set(params), async {
        agent.expect("session.mode.set").await.error(-32_603, "no such mode");
    });
    let error = called.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Rpc(-32_603));
    assert!(error.to_string().contains("`session.mode.set`"), "{error}");
    assert!(error.source().unwrap().to_string().contains("no such mode"));

    let (called, ()) = join!(client.rpc().ping(), async {
        agent.expect("ping").await.error(-32_603, "Session not found: x");
    });
    assert_eq!(*called.unwrap_err().kind(), ErrorKind::SessionNotFound);
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll_and_a_dropped_call_leaves_nothing() {
    let (agent, _client, session) = active().await;
    agent.hold("session.mode.get");
    let call = session.rpc().mode().get();
    assert_eq!(call.method(), "session.mode.get");
    assert_eq!(format!("{call:?}"), "Call { method: \"session.mode.get\", .. }");
    session.call::<Value>("session.name.get", &json!({})).await.unwrap_err();
    assert_eq!(agent.count("session.mode.get"), 0);

    let mut call = call;
    assert!((&mut call).now_or_never().is_none());
    let request = agent.expect("session.mode.get").await;
    drop(call);
    request.reply(json!("plan"));
    let (mode, ()) = join!(session.rpc().mode().get(), async {
        agent.expect("session.mode.get").await.reply(json!("a later mode"));
    });
    assert_eq!(mode.unwrap(), "a later mode");
}

#[tokio::test]
async fn whole_numbers_may_have_a_fraction() {
    let (agent, _client, session) = active().await;
    agent.hold("session.cancelAllBackgroundAgents");
    let (count, ()) = join!(session.rpc().cancel_all_background_agents(), async {
        agent.expect("session.cancelAllBackgroundAgents").await.reply(json!(2.0));
    });
    assert_eq!(count.unwrap(), 2);
}

#[tokio::test]
async fn half_a_character_in_an_answer_costs_no_more_than_itself() {
    let (agent, _client, session) = active().await;
    agent.hold("session.mode.get");
    let (mode, ()) = join!(session.rpc().mode().get(), async {
        let request = agent.expect("session.mode.get").await;
        let answer =
            format!(r#"{{"jsonrpc":"2.0","id":{},"result":"cut \ud83d"}}"#, request.id());
        agent.raw(format!("Content-Length: {}\r\n\r\n{answer}", answer.len()));
    });
    assert_eq!(mode.unwrap(), "cut \u{fffd}");
}

#[tokio::test]
async fn a_typed_call_on_a_closed_session_sends_nothing() {
    let (agent, client, session) = active().await;
    client.force_stop().await;
    let error = session.rpc().mode().get().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed(_)), "{error}");
    assert_eq!(agent.count("session.mode.get"), 0);
}

#[tokio::test]
async fn the_raw_form_of_a_sessions_answer_is_there() {
    let (agent, _client, session) = active().await;
    agent.hold("session.mode.get");
    let params = json!({});
    let (raw, ()) = join!(session.call_raw("session.mode.get", &params), async {
        let request = agent.expect("session.mode.get").await;
        assert_eq!(*request.params(), json!({ "sessionId": session.id() }));
        request.reply(json!({ "not": ["the", "schema"] }));
    });
    assert_eq!(raw.unwrap().get(), r#"{"not":["the","schema"]}"#);
}
