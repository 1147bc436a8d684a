//! What a process inherits of this one's environment.

use std::collections::BTreeMap;

use copilot_sessions::rpc::{Command, Connection};
use copilot_sessions::{Client, ClientOptions, RuntimeCommand};

/// Writes the environment that it was given, as the system keeps it: a shell adds to its own.
const TELL: &str = "cat /proc/$$/environ >&2; exit 7";

fn variables(stderr: &str) -> BTreeMap<String, String> {
    let pairs = stderr.split('\0').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

async fn of_process(command: Command) -> BTreeMap<String, String> {
    let connection = Connection::spawn_stdio(command).await.unwrap();
    let exit = connection.process().unwrap().exited().await;
    assert_eq!(exit.code, Some(7), "{exit}");
    variables(&exit.stderr_tail)
}

async fn of_runtime(
    options: impl FnOnce(RuntimeCommand) -> ClientOptions,
) -> BTreeMap<String, String> {
    let command = RuntimeCommand::at("/bin/sh").arg("-c").arg(TELL).arg("runtime");
    let error = Client::start(options(command)).await.unwrap_err();
    variables(&error.exit_info().unwrap().stderr_tail)
}

fn shell() -> Command {
    Command::new("/bin/sh").args(["-c", TELL])
}

/// A variable that cargo sets for every test.
const OURS: &str = "CARGO_PKG_NAME";

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_inherits_all_or_some_or_nothing() {
    let all = of_process(shell()).await;
    assert_eq!(all[OURS], "copilot-sessions");
    assert!(all.contains_key("PATH"));

    assert_eq!(of_process(shell().env_clear()).await, BTreeMap::new());

    let some = of_process(shell().inherit_env([OURS, "NOT_SET_ANYWHERE"])).await;
    assert_eq!(some.into_keys().collect::<Vec<_>>(), [OURS]);

    let more = shell().env("ADDED", "1").env_clear().inherit_env(["PATH"]).inherit_env([OURS]);
    let more = of_process(more.env(OURS, "instead").env_remove("PATH")).await;
    let added = [("ADDED", "1"), (OURS, "instead")];
    let added = added.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(more, BTreeMap::from(added));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_that_can_be_none_are_not_inherited() {
    let names = ["", "=", "A=B", "PATH\0", "\0"];
    assert_eq!(of_process(shell().inherit_env(names)).await, BTreeMap::new());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_bare_name_is_found_without_a_path_in_its_environment() {
    let own = std::env::var("PATH").unwrap();
    // Cargo is where the C library does not look without a `PATH`.
    if std::env::split_paths(&own).any(|directory| directory.join("cargo").is_file()) {
        let command = Command::new("cargo").arg("--version").env_clear();
        assert!(Connection::spawn_stdio(command).await.is_ok(), "found on our own `PATH`");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_runtime_gets_the_variables_that_it_may_have_and_those_of_options() {
    let all = of_runtime(ClientOptions::stdio).await;
    assert!(all.contains_key(OURS) && all.contains_key("PATH"), "{all:?}");
    let none = of_runtime(|command| ClientOptions::stdio(command.env_clear())).await;
    assert_eq!(none, BTreeMap::new());
    let some = of_runtime(|command| {
        let command = command.inherit_env(["PATH"]).env("ADDED", "1").base_directory("/base");
        ClientOptions::tcp(command).github_token("github").connection_token("connection")
    })
    .await;
    let names: Vec<_> = some.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["ADDED", "COPILOT_CONNECTION_TOKEN", "COPILOT_HOME", "COPILOT_SDK_AUTH_TOKEN", "PATH"]
    );
    assert_eq!(some["COPILOT_SDK_AUTH_TOKEN"], "github");
}

#[test]
fn names_of_variables_are_shown_and_values_are_not() {
    let command = RuntimeCommand::new().inherit_env(["PATH"]).env("KEY", "hush");
    let shown = format!("{command:?} {:?}", ClientOptions::stdio(command.clone()));
    assert!(
        shown.contains("PATH") && shown.contains("KEY") && !shown.contains("hush"),
        "{shown}"
    );
}
