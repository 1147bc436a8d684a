//! No value of an option panics, aborts or waits for ever where the option does not say so.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use copilot_sessions::rpc::{ConnectionLimits, FrameLimits};
use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{
    Client, ClientOptions, Error, LogBounds, McpServer, Message, RuntimeCommand, SessionConfig,
    Transport,
};
use futures::StreamExt;
use serde_json::json;
use tokio::net::TcpListener;

/// Limits that are too short, too long, and as long as a clock can hold or a bit more.
fn durations() -> Vec<Duration> {
    let mut all = vec![Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
    let shifts = [32, 40, 50, 55, 60, 62, 63];
    all.extend(shifts.map(|shift| Duration::from_secs(1 << shift)));
    all.extend([Duration::from_secs(i64::MAX as u64), Duration::from_secs(u64::MAX / 1000)]);
    all
}

fn sizes() -> [usize; 5] {
    [0, 1, 1 << 32, usize::MAX / 2 + 1, usize::MAX]
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts panics, those in tasks too, which nobody else sees.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            before(panic);
        }));
    });
}

/// Runs it; it may fail, but neither panic nor take long.
async fn survives(
    what: String,
    run: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    count_panics();
    let result = tokio::time::timeout(Duration::from_secs(60), run).await;
    assert_eq!(PANICS.load(Ordering::SeqCst), 0, "{what}");
    result.unwrap_or_else(|_| panic!("{what} takes for ever"))
}

/// A session with a turn, a burst and an end.
async fn use_client(agent: ScriptedAgent, client: Client) -> Result<(), Error> {
    let session = client.create_session(SessionConfig::new().session_id("s")).await?;
    let mut events = session.live_events();
    agent.burst("s", 300, |number| AgentEvent::new("k").id(format!("{number}")));
    agent.lifecycle("session.updated", "s");
    assert!(events.next().await.is_some());
    session.send_and_wait("hello").await?;
    session.disconnect().await?;
    client.stop().await?;
    Ok(())
}

async fn over_memory(options: ClientOptions) -> Result<(), Error> {
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await?;
    use_client(agent, client).await
}

#[tokio::test]
async fn any_number_is_survived_and_works_unless_it_allows_nothing() {
    type Set = fn(ClientOptions, usize) -> ClientOptions;
    let options: [(&str, Set); 9] = [
        ("lifecycle_capacity", |options, size| options.lifecycle_capacity(size)),
        ("dedup_capacity", |options, size| options.dedup_capacity(size)),
        ("max_events", |options, size| {
            options.log_bounds(LogBounds::default().max_events(size as u64))
        }),
        ("max_bytes", |options, size| options.log_bounds(LogBounds::default().max_bytes(size))),
        ("max_queued_bytes", |options, size| {
            options.connection_limits(ConnectionLimits::new().max_queued_bytes(size))
        }),
        ("max_queued_frames", |options, size| {
            options.connection_limits(ConnectionLimits::new().max_queued_frames(size))
        }),
        ("max_inbound_requests", |options, size| {
            options.connection_limits(ConnectionLimits::new().max_inbound_requests(size))
        }),
        ("max_body", |options, size| {
            let frames = FrameLimits::default().max_body(size);
            options.connection_limits(ConnectionLimits::new().frames(frames))
        }),
        ("max_header", |options, size| {
            let frames = FrameLimits::default().max_header(size);
            options.connection_limits(ConnectionLimits::new().frames(frames))
        }),
    ];
    for (name, set) in options {
        for size in sizes() {
            let what = format!("{name}({size})");
            let result =
                survives(what.clone(), over_memory(set(ClientOptions::new(), size))).await;
            // Frames of a byte hold no message, and a log that keeps nothing no answer.
            let may_fail = size <= 1 && name.starts_with("max_");
            assert!(may_fail || result.is_ok(), "{what}: {result:?}");
        }
    }
}

#[tokio::test]
async fn any_duration_is_survived() {
    type Set = fn(ClientOptions, Duration) -> ClientOptions;
    let options: [(&str, Set); 5] = [
        ("handshake_timeout", |options, limit| options.handshake_timeout(limit)),
        ("stop_answer_timeout", |options, limit| options.stop_answer_timeout(limit)),
        ("stop_exit_timeout", |options, limit| options.stop_exit_timeout(limit)),
        ("flush_timeout", |options, limit| {
            options.connection_limits(ConnectionLimits::new().flush_timeout(limit))
        }),
        ("exit_grace", |options, limit| {
            options.connection_limits(ConnectionLimits::new().exit_grace(limit))
        }),
    ];
    for (name, set) in options {
        for limit in durations() {
            let what = format!("{name}({limit:?})");
            let run = over_memory(set(ClientOptions::new(), limit));
            let result = survives(what.clone(), run).await;
            assert!(limit.as_secs() == 0 || result.is_ok(), "{what}: {result:?}");
            // The same over TCP, with a runtime that was started for it.
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let started = RuntimeCommand::at("/bin/sh")
                .arg("-c")
                .arg(format!("echo 'listening on port {port}'; read nothing; sleep 0.05"));
            for options in [
                ClientOptions::external(format!("127.0.0.1:{port}")),
                ClientOptions::tcp(started),
            ] {
                let run = async {
                    let agent = async {
                        let (reader, writer) = listener.accept().await.unwrap().0.into_split();
                        ScriptedAgent::serve(reader, writer)
                    };
                    let mut agent = std::pin::pin!(agent);
                    let mut start = std::pin::pin!(Client::start(set(options, limit)));
                    let agent = tokio::select! {
                        biased;
                        agent = &mut agent => agent,
                        started = &mut start => return started.map(drop),
                    };
                    let client = start.await?;
                    let session = client.create_session(SessionConfig::new()).await?;
                    session.send_and_wait("hello").await?;
                    agent.cut();
                    client.closed().await;
                    Ok(())
                };
                // How a runtime ends whose connection was cut is not the point.
                let _ = survives(format!("{what} over TCP"), run).await;
            }
        }
    }
}

#[tokio::test]
async fn any_inactivity_limit_is_survived() {
    for limit in durations() {
        let run = async {
            let agent = ScriptedAgent::new();
            let client = agent.connect(ClientOptions::new()).await?;
            let session = client.create_session(SessionConfig::new()).await?;
            session.send_and_wait(Message::new("hello").inactivity(limit)).await.map(drop)
        };
        let result = survives(format!("inactivity({limit:?})"), run).await;
        assert!(limit.as_secs() == 0 || result.is_ok(), "{limit:?}: {result:?}");
    }
}

#[tokio::test]
async fn any_text_is_survived() {
    for text in ["", "\0", "=", "a=b", "\n", "\u{2028}", &"x".repeat(1 << 20)] {
        let command = RuntimeCommand::at("/bin/false")
            .arg(text)
            .env(text, text)
            .env_remove(text)
            .inherit_env([text])
            .log_level(text)
            .base_directory(text)
            .working_directory(text);
        let tcp = Transport::Tcp { command: command.clone(), port: Some(0) };
        for options in [
            ClientOptions::stdio(command).github_token(text),
            ClientOptions::new().transport(tcp).connection_token(text),
            ClientOptions::stdio(RuntimeCommand::at(text)),
            ClientOptions::external(text),
        ] {
            let run = async { Client::start(options.client_info(text, text)).await.map(drop) };
            survives(format!("{:?}", text.get(..9)), run).await.unwrap_err();
        }
    }
}

#[tokio::test]
async fn a_duration_that_can_not_be_sent_is_an_error_of_the_configuration() {
    let run = async {
        let agent = ScriptedAgent::new();
        let client = agent.connect(ClientOptions::new()).await?;
        let config = SessionConfig::new()
            .mcp_server("m", McpServer::stdio("x").timeout(Duration::MAX))
            .option("x", json!({ "y": u64::MAX }));
        client.create_session(config).await.map(drop).map_err(Error::from)
    };
    let error = survives("timeout".to_owned(), run).await.unwrap_err();
    assert_eq!(*error.kind(), copilot_sessions::ErrorKind::InvalidInput, "{error:?}");
}
