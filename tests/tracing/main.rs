//! What is logged, and what never is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

use std::io;
use std::sync::{Arc, Mutex};

use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{
    Client, ClientOptions, LogBounds, Provider, ResumeConfig, SessionConfig,
};
use serde_json::json;
use tokio::net::TcpListener;

const SECRETS: [&str; 5] =
    ["connection-secret", "github-secret", "provider-secret", "prompt-secret", "event-secret"];

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A session with a bit of everything, and everything that was logged meanwhile.
async fn logged() -> String {
    let output = Output::default();
    let writer = output.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = ClientOptions::external(listener.local_addr().unwrap().to_string())
        .connection_token(SECRETS[0])
        .github_token(SECRETS[1])
        .log_bounds(LogBounds::default().max_events(4).max_bytes(usize::MAX));
    let (client, agent) = tokio::join!(Client::start(options), async {
        let (reader, writer) = listener.accept().await.unwrap().0.into_split();
        ScriptedAgent::serve(reader, writer)
    });
    let client = client.unwrap();
    let config = SessionConfig::new()
        .session_id("the-session")
        .provider(Provider::openai("http://127.0.0.1:1").api_key(SECRETS[2]))
        .option("gitHubToken", SECRETS[1]);
    let session = client
        .create_session(config)
        .on_event(|event| async move { assert!(event.kind() != "test.panic", "on purpose") })
        .await
        .unwrap();
    let _ = session.send_and_wait(SECRETS[3]).await;
    let secret = |kind: &str| AgentEvent::new(kind).data(json!({ "text": SECRETS[4] }));
    let twice = secret("test.twice");
    agent.emit("the-session", twice.clone());
    agent.emit("the-session", twice);
    agent.emit("the-session", secret("test.malformed").set("id", json!(5)));
    agent.emit("nobodys-session", secret("test.orphan"));
    agent.emit("the-session", secret("test.panic"));
    client.ping(SECRETS[4]).await.unwrap();
    agent.burst("the-session", 1000, |number| secret("test").id(format!("{number}")));
    client.ping("").await.unwrap();
    // Several turns of the runtime's tasks, for the handler to fall behind in.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    client.resume_session("unknown", ResumeConfig::new()).await.unwrap_err();
    session.disconnect().await.unwrap();
    client.stop().await.unwrap();
    drop(guard);
    let bytes = output.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn connection_events_are_logged_without_secrets() {
    let log = logged().await;
    for expected in [
        "connected to a runtime",
        "session registered",
        "session active",
        "session.start{",
        "session.turn{",
        "message sent",
        "event delivered again",
        "malformed event",
        "event of a session that is not ours",
        "an event handler panicked",
        "an event handler missed events",
        "session not started",
        "connection closed",
        "connection: copilot_sessions::session",
    ] {
        assert!(log.contains(expected), "`{expected}` is not in the log:\n{log}");
    }
    for secret in SECRETS {
        assert!(!log.contains(secret), "`{secret}` is in the log:\n{log}");
    }
}
