//! Runtimes that do not come up.

use std::error::Error;
use std::time::Duration;

use copilot_sessions::rpc::ConnectionLimits;
use copilot_sessions::{Client, ClientOptions, ErrorKind, RuntimeCommand};

use crate::bench::Bench;

/// The error and what lies behind it, one line each.
fn story(error: &dyn Error) -> String {
    let mut lines = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        lines.push(error.to_string());
        source = error.source();
    }
    lines.join("\n")
}

pub(crate) async fn a_runtime_that_exits_is_quoted(bench: Bench) {
    for options in [ClientOptions::stdio, ClientOptions::tcp] {
        let command = bench.command().arg("--no-such-option");
        // However busy the machine is, the exit is waited for.
        let patient = ConnectionLimits::default().exit_grace(Duration::from_secs(60));
        let error =
            Client::start(options(command).connection_limits(patient)).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::ConnectFailed);
        let story = story(&error);
        assert!(story.contains("no-such-option"), "{story}");
        assert!(story.contains("exited with code 1"), "{story}");
        let exit = error.exit_info().unwrap();
        assert_eq!(exit.code, Some(1));
        assert!(exit.stderr_tail.contains("no-such-option"), "{exit}");
    }
}

pub(crate) async fn a_working_directory_that_is_missing_is_named(bench: Bench) {
    let missing = bench.work().join("missing");
    let command = bench.command().working_directory(&missing);
    let error = Client::start(ClientOptions::stdio(command)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::ConnectFailed);
    let story = story(&error);
    assert!(story.contains(missing.to_str().unwrap()), "{story}");
}

/// Needs neither of the two programs.
#[tokio::test]
async fn a_missing_runtime_error_lists_the_searched_places() {
    let command = RuntimeCommand::at("/nowhere/copilot-runtime");
    let error = Client::start(ClientOptions::stdio(command)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::RuntimeNotFound);
    let story = story(&error);
    assert!(story.contains("/nowhere/copilot-runtime"), "{story}");
    assert!(story.contains("npm install"), "{story}");
}
