//! Options that contradict each other are refused, before anything is started or reached.

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{Client, ClientOptions, ErrorKind, RuntimeCommand, Transport};

/// A runtime that leaves a mark if it is started.
fn marking(path: &std::path::Path) -> RuntimeCommand {
    RuntimeCommand::at("/bin/sh").arg("-c").arg(format!("touch {}", path.display()))
}

#[tokio::test]
async fn what_a_transport_could_only_ignore_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mark = directory.path().join("started");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let external = || ClientOptions::external(&address);
    let stdio = || ClientOptions::stdio(marking(&mark));
    for (options, names) in [
        (external().github_token("t"), ["github_token", "Transport::External"]),
        (external().use_logged_in_user(true), ["use_logged_in_user", "Transport::External"]),
        (external().use_logged_in_user(false), ["use_logged_in_user", "Transport::External"]),
        (
            ClientOptions::parent_process().github_token("t"),
            ["github_token", "Transport::ParentProcess"],
        ),
        (
            ClientOptions::parent_process().connection_token("t"),
            ["connection_token", "Transport::ParentProcess"],
        ),
        (stdio().connection_token("t"), ["connection_token", "Transport::Stdio"]),
        (ClientOptions::new().connection_token("t"), ["connection_token", "Transport::Stdio"]),
    ] {
        let error = Client::start(options).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{error:?}");
        let text = error.to_string();
        assert!(names.iter().all(|name| text.contains(name)), "{names:?}: {text}");
    }
    let waiting = futures::FutureExt::now_or_never(listener.accept());
    assert!(waiting.is_none(), "nothing was reached");
    assert!(!mark.exists(), "nothing was started");
}

#[tokio::test]
async fn what_given_streams_could_only_ignore_is_refused() {
    for (options, names) in [
        (ClientOptions::new().github_token("t"), ["github_token", "Client::connect"]),
        (
            ClientOptions::new().use_logged_in_user(true),
            ["use_logged_in_user", "Client::connect"],
        ),
        (ClientOptions::external("host:1"), ["Transport::External", "Client::connect"]),
        (
            ClientOptions::new().transport(Transport::ParentProcess),
            ["Transport::ParentProcess", "Client::connect"],
        ),
    ] {
        let agent = ScriptedAgent::new();
        let error = agent.connect(options).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{error:?}");
        let text = error.to_string();
        assert!(names.iter().all(|name| text.contains(name)), "{names:?}: {text}");
        assert_eq!(agent.count("connect"), 0);
    }
}

#[tokio::test]
async fn what_belongs_together_is_accepted() {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new().connection_token("t")).await.unwrap();
    client.stop().await.unwrap();
    // Refused by the program, which is no runtime, and not by the options.
    for options in [
        ClientOptions::stdio(RuntimeCommand::at("/bin/false"))
            .github_token("t")
            .use_logged_in_user(true),
        ClientOptions::tcp(RuntimeCommand::at("/bin/false"))
            .github_token("t")
            .connection_token("t"),
    ] {
        let error = Client::start(options).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::ConnectFailed, "{error:?}");
    }
}
