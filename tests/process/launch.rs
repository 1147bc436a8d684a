//! Getting a process to run, and what it means when it does not.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use copilot_sessions::rpc::{
    Command, Connection, ConnectionLimits, LaunchError, Peer, encode_frame,
};

/// What the servers of these tests write before their port.
const ANNOUNCEMENT: &str = "listening on port ";

use crate::support::{Owner, peer, process, reaped, shell};

#[tokio::test]
async fn arguments_environment_and_directory_reach_the_process() {
    let command = Command::new("/bin/sh")
        .arg("-c")
        .args([r#"echo "$0 $ADDED ${HOME-gone} $(pwd)" >&2"#, "an argument"])
        .env("ADDED", "a value")
        .env_remove("HOME")
        .cwd("/proc");
    let connection = Connection::spawn_stdio(command).await.unwrap();
    let exit = connection.process().unwrap().exited().await;
    assert_eq!(&*exit.stderr_tail, "an argument a value gone /proc\n");
    assert!(exit.success());
}

#[tokio::test]
async fn a_process_answers_over_its_pipes() {
    // Reads a request of which it knows the length, and answers it.
    let response = encode_frame(br#"{"jsonrpc":"2.0","id":1,"result":"pong"}"#);
    let request = encode_frame(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    let script = format!(
        "head -c {} >/dev/null; printf '{}'; cat >/dev/null",
        request.len(),
        String::from_utf8_lossy(&response).replace("\r\n", "\\r\\n")
    );
    let (peer, _notifications) = peer(&script).await;
    assert_eq!(peer.call::<String>("ping", &()).await.unwrap(), "pong");
    let process = peer.process().unwrap().clone();
    peer.close(copilot_sessions::rpc::DisconnectKind::Stopped);
    // The end of its stdin lets it end by itself.
    assert!(process.exited().await.success());
}

#[tokio::test]
async fn each_launch_failure_has_its_own_error() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = |name: &str, content: &str, mode| {
        let path = directory.join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    let error = async |command| Connection::spawn_stdio(command).await.unwrap_err();

    let missing = directory.join("no-such-program");
    assert!(
        matches!(error(Command::new(&missing)).await, LaunchError::NotFound { program, .. } if program == missing)
    );
    assert!(matches!(
        error(Command::new("no-such-program-on-path")).await,
        LaunchError::NotFound { .. }
    ));
    let plain = file("not-executable", "", 0o644);
    assert!(matches!(error(Command::new(plain)).await, LaunchError::NotExecutable { .. }));
    let orphaned = file("no-interpreter", "#!/no/such/interpreter\n", 0o755);
    assert!(matches!(error(Command::new(orphaned)).await, LaunchError::NotExecutable { .. }));
    let elsewhere = shell("true").cwd(&missing);
    assert!(
        matches!(error(elsewhere).await, LaunchError::WorkingDirectory { path, .. } if path == missing)
    );
}

#[tokio::test]
async fn a_tcp_server_is_found_by_its_announcement() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // What it says later must not block it: the pipe is smaller than that.
    let script = format!(
        "echo starting; echo 'CLI server LISTENING on port {port}'; \
         head -c 1000000 /dev/zero; echo done >&2; cat; sleep 1000"
    );
    let connection =
        Connection::spawn_tcp(shell(&script), ANNOUNCEMENT, Duration::from_secs(60))
            .await
            .unwrap();
    let (sender, mut notifications) = tokio::sync::mpsc::unbounded_channel();
    let peer = Peer::spawn(connection, Owner(sender), ConnectionLimits::default());
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(&encode_frame(br#"{"jsonrpc":"2.0","method":"hello"}"#)).unwrap();
    assert_eq!(notifications.recv().await.unwrap(), "hello");
    let process = peer.process().unwrap();
    super::support::eventually("the server was not held up", || {
        process.stderr_tail().contains("done").then_some(())
    })
    .await;
    let id = process.id().unwrap();
    drop(peer);
    assert_eq!(
        tokio::task::spawn_blocking(move || stream.read(&mut [0])).await.unwrap().unwrap(),
        0
    );
    reaped(id).await;
}

#[tokio::test]
async fn a_server_that_exits_early_reports_its_stderr() {
    let command = shell("echo 'unknown option' >&2; exit 1");
    let error = Connection::spawn_tcp(command, ANNOUNCEMENT, Duration::from_secs(60))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "before it was ready, the process exited with code 1: unknown option"
    );
    assert!(matches!(error, LaunchError::Exited(exit) if exit.code == Some(1)));
}

#[tokio::test(start_paused = true)]
async fn a_tcp_server_that_announces_nothing_in_time_is_killed() {
    // Time is paused: as soon as only the process could go on, the limit is reached.
    let limit = Duration::from_secs(30);
    let error =
        Connection::spawn_tcp(shell("exec sleep 1000"), ANNOUNCEMENT, limit).await.unwrap_err();
    assert!(
        matches!(error, LaunchError::NoAnnouncement { limit: given, .. } if given == limit)
    );
}

#[tokio::test]
async fn a_process_answers_to_its_handle_when_its_runtime_is_gone() {
    let process = std::thread::spawn(|| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(process("exec sleep 1000"))
    })
    .join()
    .unwrap();
    assert!(process.id().is_some() && process.try_exit_info().is_none());
    process.kill();
    assert_eq!(process.exited().await.signal, Some(9));
    assert_eq!(process.id(), None);
}
