//! Which handler gets a request: one for each method, of the session, of the client, of none.

use copilot_sessions::rpc::RpcError;
use copilot_sessions::session::RuntimeRequest;
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{
    Client, ClientOptions, CloseReason, ErrorKind, ResumeConfig, SessionConfig,
};
use serde_json::{Value, json};

use crate::connected;

/// A handler that answers with this text.
fn says(
    text: &'static str,
) -> impl Fn(RuntimeRequest) -> std::future::Ready<Result<Value, RpcError>> + Send + Sync {
    move |_| std::future::ready(Ok(json!(text)))
}

async fn asked(agent: &ScriptedAgent, method: &str, session: &str) -> Value {
    agent.request(method, json!({ "sessionId": session })).await.unwrap()
}

#[tokio::test]
async fn a_second_handler_for_a_method_is_refused_before_anything_is_started() {
    let twice = || ClientOptions::new().on_request("a", says("1"));
    let ignored = |_| async {};
    for (options, name) in [
        (twice().on_request(["b", "a"], says("2")), "`a`"),
        (twice().on_request(["b", "b"], says("2")), "`b`"),
        (twice().on_any_request(says("2")).on_any_request(says("3")), "fallback"),
        (twice().on_notification("n", ignored).on_notification("n", ignored), "`n`"),
        (twice().on_notification("session.event", ignored), "`session.event`"),
        (twice().on_notification("session.lifecycle", ignored), "`session.lifecycle`"),
        (twice().on_request(Vec::<String>::new(), says("2")), "no method"),
    ] {
        // The default would look for a runtime, and say that there is none.
        let error = Client::start(options.clone()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(name), "{error}");
        let error = ScriptedAgent::new().connect(options).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput);
    }
    // A request and a notification of the same name are different things.
    connected(twice().on_notification("a", ignored)).await;
}

#[tokio::test]
async fn a_second_handler_at_run_time_is_refused_and_the_first_one_stays() {
    let (agent, client) = connected(ClientOptions::new().on_request("a", says("1"))).await;
    let error = client.handle_requests(["b", "a"], says("2")).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidInput);
    assert_eq!(asked(&agent, "a", "s").await, "1");
    assert_eq!(agent.request("b", json!({})).await.unwrap_err()["code"], -32_601);

    let guard = client.handle_requests(["b", "c"], says("2")).unwrap();
    assert_eq!(
        (asked(&agent, "b", "s").await, asked(&agent, "c", "s").await),
        ("2".into(), "2".into())
    );
    client.handle_requests("c", says("3")).unwrap_err();
    drop(guard);
    assert_eq!(agent.request("b", json!({})).await.unwrap_err()["code"], -32_601);
    client.handle_requests("c", says("3")).unwrap().keep();
    assert_eq!(asked(&agent, "c", "s").await, "3");
}

#[tokio::test]
async fn a_session_goes_before_the_client_and_the_client_before_its_fallback() {
    let options =
        ClientOptions::new().on_request("m", says("client")).on_any_request(says("fallback"));
    let (agent, client) = connected(options).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let other = client.create_session(SessionConfig::new()).await.unwrap();
    let (id, other_id) = (session.id().as_str(), other.id().as_str());
    let guard = session.handle_requests(["m", "n"], says("session")).unwrap();
    session.handle_requests("m", says("again")).unwrap_err();
    let _other = other.handle_requests("m", says("other")).unwrap();
    for (method, session, answer) in [
        ("m", id, "session"),
        ("n", id, "session"),
        ("o", id, "fallback"),
        ("m", other_id, "other"),
        ("n", other_id, "fallback"),
        ("m", "nobody's", "client"),
    ] {
        assert_eq!(asked(&agent, method, session).await, answer, "{method} {session}");
    }
    assert_eq!(agent.request("m", json!([id])).await, Ok(json!("client")));
    drop(guard);
    assert_eq!(asked(&agent, "m", id).await, "client");
    assert_eq!(asked(&agent, "n", id).await, "fallback");
}

#[tokio::test]
async fn a_pending_session_has_its_handlers_before_the_runtime_hears_of_it_and_over_a_failed_start()
 {
    let (agent, client) = connected(ClientOptions::new()).await;
    agent.hold("session.create");
    let pending = client.create_session(SessionConfig::new());
    pending.handle_requests("m", says("session")).unwrap().keep();
    let first = tokio::spawn(pending.start());
    let create = agent.expect("session.create").await;
    let id = create.session_id();
    assert_eq!(asked(&agent, "m", id.as_str()).await, "session");
    create.error(-1, "not today");
    let pending = first.await.unwrap().unwrap_err().into_pending();
    // Between two starts the runtime has no such session.
    let error = agent.request("m", json!({ "sessionId": id })).await.unwrap_err();
    assert_eq!(error["code"], -32_601);
    agent.release("session.create");
    let session = pending.start().await.unwrap();
    assert_eq!(asked(&agent, "m", session.id().as_str()).await, "session");
}

#[tokio::test]
async fn an_ended_session_and_an_ended_client_take_no_handlers() {
    let options = ClientOptions::new().on_request("m", says("client"));
    let (agent, client) = connected(options).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let (id, handle) = (session.id().clone(), session.handle());
    let guard = session.handle_requests("m", says("session")).unwrap();
    session.disconnect().await.unwrap();
    assert_eq!(asked(&agent, "m", id.as_str()).await, "client");
    let error = handle.handle_requests("n", says("late")).unwrap_err();
    assert_eq!(error.close_reason(), Some(&CloseReason::Disconnected));
    drop(guard);

    agent.cut();
    client.closed().await;
    let error = client.handle_requests("n", says("late")).unwrap_err();
    assert!(matches!(error.close_reason(), Some(CloseReason::ConnectionLost(_))), "{error:?}");
}

#[tokio::test]
async fn a_resumed_session_does_not_inherit_the_handlers_of_the_one_before() {
    let (agent, client) = connected(ClientOptions::new().on_request("m", says("client"))).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let id = session.id().clone();
    let guard = session.handle_requests("m", says("first")).unwrap();
    session.disconnect().await.unwrap();
    let resumed = client.resume_session(id.clone(), ResumeConfig::new()).await.unwrap();
    assert_eq!(asked(&agent, "m", id.as_str()).await, "client");
    let _second = resumed.handle_requests("m", says("second")).unwrap();
    // The guard of the first must not remove what is the second's.
    drop(guard);
    assert_eq!(asked(&agent, "m", id.as_str()).await, "second");
}
