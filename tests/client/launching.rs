//! The command line and the environment of a runtime that a client starts, as a program sees
//! them that only says what it was given.

use std::time::Duration;

use copilot_sessions::rpc::ConnectionLimits;
use copilot_sessions::{Client, ClientOptions, ErrorKind, RuntimeCommand, Transport};

const SAY: &str = r#"
printf '%s\n' "arguments $*" "home $COPILOT_HOME" "extra ${EXTRA-none}" \
    "github $COPILOT_SDK_AUTH_TOKEN" "connection $COPILOT_CONNECTION_TOKEN" >&2
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
async fn a_token_is_made_up_for_a_port_and_for_nothing_else() {
    let teller_with = || teller().env("COPILOT_CONNECTION_TOKEN", "of the variable");
    let over_tcp = told(ClientOptions::tcp(teller_with())).await;
    let made_up = over_tcp.lines().find_map(|line| line.strip_prefix("connection ")).unwrap();
    assert!(uuid::Uuid::parse_str(made_up).is_ok(), "{over_tcp}");
    let over_pipes = told(ClientOptions::stdio(teller())).await;
    assert!(over_pipes.lines().any(|line| line == "connection "), "{over_pipes}");
}
