//! The handshake, and the queries that need no session.

use std::time::Duration;

use copilot_sessions::session::{PROTOCOL_VERSION, SessionFilter};
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{Client, ClientOptions, CloseReason, Error, ErrorKind};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::connected;

/// Greets an agent that answers `connect` with `answer`.
async fn greet(answer: Result<Value, (i64, &str)>) -> Result<Client, Error> {
    let agent = ScriptedAgent::new();
    agent.hold("connect");
    let (client, ()) = tokio::join!(agent.connect(ClientOptions::new()), async {
        let request = agent.expect("connect").await;
        match answer {
            Ok(result) => request.reply(result),
            Err((code, message)) => request.error(code, message),
        }
    });
    client
}

#[tokio::test]
async fn the_handshake_reports_the_runtime_version() {
    let (agent, client) = connected(ClientOptions::new().client_info("editor", "1.2")).await;
    assert_eq!(client.runtime().protocol_version, PROTOCOL_VERSION);
    assert!(client.runtime().version.is_some());
    let sent = agent.wait_for("connect", 1).await.params;
    assert_eq!(sent["clientInfo"]["editorName"], "editor");
    // A runtime without a token refuses one.
    assert!(sent.get("token").is_none());
}

#[tokio::test]
async fn a_runtime_without_connect_is_asked_by_ping() {
    let client = greet(Err((-32_601, "Unhandled method connect"))).await.unwrap();
    assert_eq!(client.runtime().protocol_version, 3);
    assert_eq!(client.runtime().version, None);
}

#[tokio::test]
async fn another_version_of_the_protocol_is_an_error_that_names_both() {
    for (answer, theirs) in
        [(json!({ "protocolVersion": 2, "version": "0.9" }), Some(2)), (json!({}), None)]
    {
        let error = greet(Ok(answer)).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::UnsupportedProtocol { ours: 3, theirs });
        let text = error.to_string();
        assert!(text.contains('3'), "{text}");
        assert_eq!(text.contains("version 2"), theirs.is_some(), "{text}");
    }
}

#[tokio::test]
async fn a_token_that_is_missing_wrong_or_unwanted_is_told_apart_from_other_errors() {
    for code in [-32_001, -32_002, -32_003] {
        let error = greet(Err((code, "AUTHENTICATION"))).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Unauthorized);
    }
    let error = greet(Err((-32_602, "invalid params"))).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Rpc(-32_602));
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_handshake_times_out() {
    let agent = ScriptedAgent::new();
    agent.hold("connect");
    let options = ClientOptions::new().handshake_timeout(Duration::from_secs(5));
    let before = tokio::time::Instant::now();
    let error = agent.connect(options).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TimedOut);
    assert_eq!(before.elapsed(), Duration::from_secs(5));
    agent.disconnected().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn an_address_that_does_not_answer_the_connect_in_time_times_out() {
    // A listener whose queue is full: the kernel answers nothing more.
    let listener = tokio::net::TcpSocket::new_v4().unwrap();
    listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let queued = tokio::net::TcpStream::connect(address).await.unwrap();

    let options = ClientOptions::external(address.to_string());
    let options = options.handshake_timeout(Duration::from_secs(5));
    let before = tokio::time::Instant::now();
    let error = Client::start(options).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TimedOut);
    assert_eq!(before.elapsed(), Duration::from_secs(5));
    drop(queued);
}

#[tokio::test]
async fn an_address_without_a_port_is_refused_before_anything_is_asked() {
    for address in ["nonsense", "", "localhost:", "localhost:http", "127.0.0.1:70000"] {
        let error = Client::start(ClientOptions::external(address)).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{address}");
        assert!(error.to_string().contains("host:port"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_lost_during_the_handshake_fails_the_connect() {
    let agent = ScriptedAgent::new();
    agent.hold("connect");
    let (client, ()) = tokio::join!(agent.connect(ClientOptions::new()), async {
        agent.expect("connect").await;
        agent.cut();
    });
    assert_eq!(*client.unwrap_err().kind(), ErrorKind::ConnectFailed);
}

#[tokio::test]
async fn an_external_address_is_reached_with_its_token() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let options = ClientOptions::external(&address).connection_token("secret");
    let (client, agent) = tokio::join!(Client::start(options), async {
        let (reader, writer) = listener.accept().await.unwrap().0.into_split();
        ScriptedAgent::serve(reader, writer)
    });
    let client = client.unwrap();
    assert_eq!(agent.wait_for("connect", 1).await.params["token"], "secret");
    let endpoint = client.endpoint().unwrap();
    assert_eq!((endpoint.address(), endpoint.token()), (&*address, Some("secret")));
    assert!(!format!("{endpoint:?}").contains("secret"));
    let (other, second) = tokio::join!(Client::start(endpoint.options()), async {
        let (reader, writer) = listener.accept().await.unwrap().0.into_split();
        ScriptedAgent::serve(reader, writer)
    });
    assert_eq!(second.wait_for("connect", 1).await.params["token"], "secret");
    other.unwrap().stop().await.unwrap();
    // It is not this client's to shut down.
    client.stop().await.unwrap();
    agent.disconnected().await;
    assert_eq!(agent.count("runtime.shutdown"), 0);

    drop(listener);
    let error = Client::start(ClientOptions::external(address)).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::ConnectFailed);
}

#[tokio::test]
async fn connect_over_streams_sends_the_token_and_has_no_endpoint() {
    let (agent, client) = connected(ClientOptions::new().connection_token("secret")).await;
    assert_eq!(agent.wait_for("connect", 1).await.params["token"], "secret");
    assert_eq!(client.endpoint(), None);
}

#[tokio::test]
async fn each_query_returns_the_runtimes_answer() {
    let (agent, client) = connected(ClientOptions::new()).await;
    assert_eq!(client.ping("hello").await.unwrap().message, "pong: hello");
    assert_eq!(client.status().await.unwrap().protocol_version, 3);
    assert!(!client.auth_status().await.unwrap().is_authenticated);
    assert_eq!(client.list_sessions().await.unwrap().len(), 0);
    assert_eq!(client.last_session_id().await.unwrap(), None);
    assert!(client.session_metadata(&"unknown".into()).await.unwrap().is_none());
    assert!(!client.delete_session(&"unknown".into()).await.unwrap());
    agent.hold("session.getLastId");
    let (last, ()) = tokio::join!(client.last_session_id(), async {
        agent.expect("session.getLastId").await.reply(json!({ "sessionId": "last" }));
    });
    assert_eq!(last.unwrap(), Some("last".into()));

    let session = client.create_session(copilot_sessions::SessionConfig::new()).await.unwrap();
    let listed = client.list_sessions().await.unwrap();
    assert_eq!(listed[0].session_id, *session.id());
    let metadata = client.session_metadata(session.id()).await.unwrap().unwrap();
    assert_eq!(metadata.session_id, *session.id());

    let raw = client.call_raw("ping", &json!({ "message": "raw" })).await.unwrap();
    assert!(raw.get().contains("pong: raw"));
    client.stop().await.unwrap();
    let error = client.ping("").await.unwrap_err();
    assert_eq!(error.close_reason(), Some(&CloseReason::ClientStopped));
}

#[tokio::test]
async fn the_foreground_session_can_be_read_and_set() {
    let (agent, client) = connected(ClientOptions::new()).await;
    for method in ["session.getForeground", "session.setForeground", "session.list"] {
        agent.hold(method);
    }
    let (shown, ()) = tokio::join!(client.foreground_session(), async {
        let asked = agent.expect("session.getForeground").await;
        asked.reply(json!({ "sessionId": "s" }));
    });
    assert_eq!(shown.unwrap(), Some("s".into()));
    for (answer, error) in [
        (json!({ "success": true }), None),
        (json!({ "success": false, "error": "it is gone" }), Some("it is gone")),
        (json!({}), Some("did not say why")),
    ] {
        let id = "s".into();
        let (done, ()) = tokio::join!(client.set_foreground_session(&id), async {
            let asked = agent.expect("session.setForeground").await;
            assert_eq!(asked.params(), &json!({ "sessionId": "s" }));
            asked.reply(answer);
        });
        match error {
            None => done.unwrap(),
            Some(text) => assert!(done.unwrap_err().to_string().contains(text)),
        }
    }
    let filter = SessionFilter::new().git_root("/r").repository("o/r").branch("main");
    let filter = filter.working_directory("/w");
    let (found, ()) = tokio::join!(client.find_sessions(&filter), async {
        let asked = agent.expect("session.list").await;
        let filter =
            json!({ "cwd": "/w", "gitRoot": "/r", "repository": "o/r", "branch": "main" });
        assert_eq!(asked.params(), &json!({ "filter": filter }));
        asked.reply(json!({ "sessions": [] }));
    });
    assert!(found.unwrap().is_empty());
}

#[test]
fn no_secret_shows_in_debug_output() {
    let options =
        ClientOptions::external("127.0.0.1:1").connection_token("hush").github_token("hush");
    assert!(!format!("{options:?}").contains("hush"));
    assert!(format!("{:?}", ClientOptions::parent_process()).contains("ParentProcess"));
    let config = copilot_sessions::SessionConfig::new()
        .provider(copilot_sessions::Provider::openai("http://x").api_key("hush"))
        .option("gitHubToken", "hush");
    assert!(!format!("{config:?}").contains("hush"));
}

#[tokio::test]
async fn joining_needs_the_environment_of_an_extension() {
    let error =
        copilot_sessions::join_session(copilot_sessions::JoinConfig::new()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotAnExtension);
}
