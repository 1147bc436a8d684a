//! What is logged, and what never is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

use std::io;
use std::sync::{Arc, Mutex};

use copilot_sessions::rpc::ConnectionLimits;
use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{
    Client, ClientOptions, LogBounds, Message, Provider, ResumeConfig, SessionConfig,
};
use serde_json::json;
use tokio::net::TcpListener;
use tracing::subscriber::DefaultGuard;

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

impl Output {
    /// Collects what this thread logs until the guard is dropped.
    fn collect(&self) -> DefaultGuard {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A session with a bit of everything, and everything that was logged meanwhile.
async fn logged() -> String {
    let output = Output::default();
    let guard = output.collect();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = ClientOptions::external(listener.local_addr().unwrap().to_string())
        .connection_token(SECRETS[0])
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
    output.text()
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

/// A text that would begin a log line of its own, in every way in which a line can begin.
const FORGED: &str =
    "x\n2026-01-01T00:00:00Z ERROR forged\r\u{85}ERROR forged\u{2028}forged\u{1b}[31mforged";

#[tokio::test]
async fn nothing_from_outside_begins_a_log_line() {
    let output = Output::default();
    let guard = output.collect();
    let agent = ScriptedAgent::new();
    let limits = ConnectionLimits::default().max_inbound_requests(1);
    let options = ClientOptions::new()
        .client_info(FORGED, FORGED)
        .connection_limits(limits)
        .on_notification(FORGED, |_| async { panic!("on purpose") })
        .on_any_request(|request| async move { panic!("{}", request.method().len()) });
    agent.hold("connect");
    let (client, ()) = tokio::join!(agent.connect(options), async {
        let answer = json!({ "ok": true, "protocolVersion": 3, "version": FORGED });
        agent.expect("connect").await.reply(answer);
    });
    let client = client.unwrap();
    let session = client
        .create_session(SessionConfig::new().session_id(FORGED))
        .on_event(
            |event| async move { assert!(!event.kind().contains("forged"), "on purpose") },
        )
        .await
        .unwrap();
    agent.notify(FORGED, json!({}));
    agent.notify(&format!("nobody{FORGED}"), json!({}));
    let named = |id: &str| AgentEvent::new(FORGED).id(id);
    agent.emit(FORGED, named(FORGED));
    agent.emit(FORGED, named(FORGED));
    agent.emit("nobody\nforged", named("other"));
    agent.emit(FORGED, named("wrong").set("timestamp", json!([FORGED])));
    agent.emit(FORGED, AgentEvent::new("capabilities.changed").data(json!({ "ui": FORGED })));
    let _ = tokio::join!(agent.request(FORGED, json!({})), agent.request(FORGED, json!({})));
    let frame = |body: &str| agent.raw(copilot_sessions::rpc::encode_frame(body.as_bytes()));
    frame(r#"{"jsonrpc":"2.0","id":"a\nforged\u0085","method":"m"}"#);
    frame(&format!("{{\n\"forged\n\": {FORGED}"));
    agent.hold("session.send");
    let (sent, ()) = tokio::join!(session.send(Message::new("m")), async {
        agent.expect("session.send").await.reply(json!({ "messageId": FORGED }));
    });
    sent.unwrap();
    agent.hold("session.resume");
    let resumed =
        async { client.resume_session(FORGED.to_uppercase(), ResumeConfig::new()).await };
    let (resumed, ()) = tokio::join!(resumed, async {
        agent.expect("session.resume").await.error(-32_000, FORGED);
    });
    resumed.unwrap_err();
    agent.hold("session.detach");
    let ((), ()) = tokio::join!(
        async {
            let _ = session.disconnect().await;
        },
        async { agent.expect("session.detach").await.error(-32_000, FORGED) }
    );
    let _ = client.stop().await;
    drop(guard);
    let log = output.text();
    assert!(
        log.contains("a notification without a handler") && log.contains("message sent"),
        "{log}"
    );
    let is_ours = |line: &&str| line.starts_with("20") && line.contains(" copilot_sessions::");
    for line in log.split(['\n', '\r', '\u{85}', '\u{2028}']).filter(|line| !line.is_empty()) {
        let spans = line.contains("connection") || line.contains("session.");
        assert!(is_ours(&line) || spans && line.starts_with("20"), "forged: {line}\n{log}");
        assert!(!line.contains('\u{1b}'), "{line}");
    }
}

/// What comes from outside is in every one of these, and which values do, a change may change.
#[test]
fn no_field_of_a_log_line_is_written_as_it_is() {
    let mut directories =
        vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut calls = 0;
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for (at, _) in source.match_indices("tracing::") {
                let call = &source[at..];
                let Some(call) = call.split(';').next().filter(|call| call.contains("!("))
                else {
                    continue;
                };
                calls += 1;
                let is_displayed = call.contains("(%") || call.contains(" %");
                assert!(!is_displayed, "{}: {call}", path.display());
            }
        }
    }
    assert!(calls > 20, "{calls}");
}
