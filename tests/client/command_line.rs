//! The command line and the environment of a runtime that a client starts, as a program sees
//! them that only says what it was given.

use std::time::Duration;

use copilot_sessions::rpc::{ConnectionLimits, LaunchError};
use copilot_sessions::{
    Client, ClientOptions, CloseReason, ErrorKind, RuntimeCommand, Transport,
};

const SAY: &str = r#"
printf '%s\n' "arguments $*" "home $COPILOT_HOME" "extra ${EXTRA-none}" \
    "github $COPILOT_SDK_AUTH_TOKEN" "connection $COPILOT_CONNECTION_TOKEN" \
    "directory $(pwd -P)" >&2
exit 7
"#;

fn teller() -> RuntimeCommand {
    let shell = RuntimeCommand::at("/bin/sh").arg("-c").arg(SAY).arg("runtime");
    shell.env_remove("COPILOT_CONNECTION_TOKEN")
}

/// What the program was given, line by line.
async fn told(options: ClientOptions) -> String {
    // However busy the machine is, the exit is waited for.
    let patient = ConnectionLimits::default().exit_grace(Duration::from_secs(60));
    let error = Client::start(options.connection_limits(patient)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::ConnectFailed);
    let exit = error.exit_info().unwrap();
    assert_eq!(exit.code, Some(7), "{exit}");
    exit.stderr_tail.to_string()
}

#[tokio::test]
async fn options_win_over_variables_of_the_same_meaning() {
    let command = teller()
        .env("COPILOT_HOME", "/of/the/variable")
        .env("EXTRA", "one")
        .env("COPILOT_SDK_AUTH_TOKEN", "of the variable")
        .env("COPILOT_CONNECTION_TOKEN", "of the variable")
        .base_directory("/of/the/option");
    let transport = Transport::Tcp { command, port: Some(4711) };
    let options = ClientOptions::new().transport(transport).connection_token("shared");
    let text = told(options.github_token("secret")).await;
    for line in ["home /of/the/option", "extra one", "github secret", "connection shared"] {
        assert!(text.lines().any(|told| told == line), "{line} in {text}");
    }
    assert!(text.contains("--port 4711"), "{text}");
    let arguments = text.lines().next().unwrap();
    assert!(!arguments.contains("secret") && !arguments.contains("shared"), "{text}");

    // Without an option the variable holds.
    let command = teller().env("COPILOT_HOME", "/of/the/variable");
    let text = told(ClientOptions::stdio(command)).await;
    assert!(text.contains("home /of/the/variable"), "{text}");
    assert!(text.contains("--stdio"), "{text}");
}

#[tokio::test]
async fn only_a_tcp_runtime_gets_a_random_token() {
    let teller_with = || teller().env("COPILOT_CONNECTION_TOKEN", "of the variable");
    let over_tcp = told(ClientOptions::tcp(teller_with())).await;
    let made_up = over_tcp.lines().find_map(|line| line.strip_prefix("connection ")).unwrap();
    assert!(uuid::Uuid::parse_str(made_up).is_ok(), "{over_tcp}");
    let over_pipes = told(ClientOptions::stdio(teller())).await;
    assert!(over_pipes.lines().any(|line| line == "connection "), "{over_pipes}");
}

#[tokio::test]
async fn a_runtime_signs_in_by_itself_unless_it_has_a_token_or_must_not() {
    let options = || ClientOptions::stdio(teller());
    for (options, has_token, signs_in) in [
        (options(), false, true),
        (options().use_logged_in_user(false), false, false),
        (options().github_token("secret"), true, false),
        (options().github_token("secret").use_logged_in_user(true), true, true),
    ] {
        let text = told(options).await;
        assert_eq!(
            text.contains("--auth-token-env COPILOT_SDK_AUTH_TOKEN"),
            has_token,
            "{text}"
        );
        assert_eq!(!text.contains("--no-auto-login"), signs_in, "{text}");
    }
}

#[tokio::test]
async fn a_runtime_gets_its_directory_and_its_level_of_logging() {
    let directory = tempfile::tempdir().unwrap();
    let command = teller().env("EXTRA", "kept").log_level("debug").arg("last");
    let text = told(ClientOptions::stdio(command.working_directory(directory.path()))).await;
    let path = directory.path().canonicalize().unwrap();
    let line = format!("directory {}", path.display());
    assert!(text.lines().any(|told| told == line), "{line} in {text}");
    for part in ["--log-level debug", "extra kept", "last"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_announces_no_port_in_time_times_out_at_whatever_step() {
    // Time is paused: the limit is reached as soon as only the process could go on, before or after
    // it runs.
    let command = RuntimeCommand::at("/bin/sh").arg("-c").arg("exec sleep 1000");
    let limit = Duration::from_secs(30);
    let options = ClientOptions::tcp(command).handshake_timeout(limit);
    let error = Client::start(options).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TimedOut);
    let source = std::error::Error::source(&error).unwrap().downcast_ref().unwrap();
    assert!(matches!(source, LaunchError::NoAnnouncement { .. }), "{source}");
}

/// Answers the handshake, and knows no second request, whichever it is. It ends with its input.
const KNOWS_NO_SHUTDOWN: &str = r#"
send() { printf 'Content-Length: %d\r\n\r\n%s' ${#1} "$1"; }
read -r length; read -r empty
send '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":3}}'
# The end of the first body has no line end: the header of the next request follows it.
read -r rest
send '{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"Unhandled method"}}'
exec cat >/dev/null
"#;

#[tokio::test]
async fn a_runtime_that_knows_no_shutdown_is_stopped_without_an_error() {
    let command = RuntimeCommand::at("/bin/sh").arg("-c").arg(KNOWS_NO_SHUTDOWN).arg("runtime");
    let client = Client::start(ClientOptions::stdio(command)).await.unwrap();
    client.stop().await.unwrap();
    assert!(client.process().unwrap().try_exit_info().is_some());
}

/// Answers the handshake, and then nothing: it stays until it is killed.
const STAY: &str = r#"
trap "" TERM
answer='{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":3}}'
printf 'Content-Length: %d\r\n\r\n%s' ${#answer} "$answer"
while :; do sleep 0.1; done
"#;

#[tokio::test]
async fn a_runtime_that_does_not_end_is_killed_after_the_limit_and_stop_says_so() {
    let command = RuntimeCommand::at("/bin/sh").arg("-c").arg(STAY).arg("runtime");
    let short = Duration::from_millis(20);
    let options = ClientOptions::stdio(command);
    let options = options.stop_answer_timeout(short).stop_exit_timeout(short);
    let client = Client::start(options).await.unwrap();
    assert!(client.process().unwrap().id().is_some());
    let error = client.stop().await.unwrap_err();
    let [unanswered, killed] = error.errors() else { panic!("{error}") };
    for error in [unanswered, killed] {
        assert_eq!(*error.kind(), ErrorKind::TimedOut);
    }
    assert_eq!(killed.to_string(), "the runtime did not exit within 20ms and was killed");
    assert_eq!(
        error.to_string(),
        format!("the client is stopped, but some steps failed: {unanswered}; {killed}")
    );
    assert_eq!(client.process().unwrap().exited().await.signal, Some(9));
}

#[tokio::test]
async fn the_end_of_the_runtimes_process_is_the_reason_of_the_clients_end() {
    let command = RuntimeCommand::at("/bin/sh").arg("-c").arg(STAY).arg("runtime");
    let client = Client::start(ClientOptions::stdio(command)).await.unwrap();
    client.process().unwrap().kill();
    let reason = client.closed().await;
    assert_eq!(
        reason,
        CloseReason::ProcessExited("the peer's process was killed by signal 9".into())
    );
}

/// What a program prints that is no runtime, and what the error says of it.
#[tokio::test]
async fn a_program_that_writes_no_frames_is_quoted_with_its_exit_and_the_likely_cause() {
    for (script, code, quoted, cause) in [
        ("echo 'error: you are not signed in'; exit 1", 1, "not signed in", "sign in"),
        ("echo 'please log in first' >&2; exit 4", 4, "log in first", "sign in"),
        ("echo '{\"type\":\"hello\"}'; exit 0", 0, r#"{\"type\":\"hello\"}"#, "JSON lines"),
        ("echo 'usage: tool [options]'; exit 2", 2, "usage: tool", "no Copilot runtime"),
    ] {
        let command = RuntimeCommand::at("/bin/sh").arg("-c").arg(script).arg("runtime");
        let patient = ConnectionLimits::default().exit_grace(Duration::from_secs(60));
        let options = ClientOptions::stdio(command).connection_limits(patient);
        let error = Client::start(options).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::ConnectFailed);
        assert_eq!(error.exit_info().unwrap().code, Some(code), "{error:?}");
        assert!(error.to_string().contains(cause), "{error}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(quoted) && source.contains(&code.to_string()), "{source}");
    }
}

#[tokio::test]
async fn a_program_that_goes_on_printing_is_quoted_when_the_handshake_ends() {
    let script = "echo '{\"type\":\"hello\"}'; exec sleep 1000";
    let command = RuntimeCommand::at("/bin/sh").arg("-c").arg(script).arg("runtime");
    let options = ClientOptions::stdio(command).handshake_timeout(Duration::from_millis(300));
    let error = Client::start(options).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::TimedOut);
    assert!(error.to_string().contains("JSON lines"), "{error}");
}
