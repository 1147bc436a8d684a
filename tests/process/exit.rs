//! What is known of a process that ended.

use std::time::{Duration, Instant};

use copilot_sessions::rpc::{
    CallError, ConnectionLimits, Disconnect, DisconnectKind, ExitInfo, Peer,
};

use crate::support::{dead, eventually, numbers, peer, peer_with, process, reaped, state};

async fn exit_of(peer: &Peer) -> (ExitInfo, Disconnect) {
    let reason = peer.closed().await;
    match reason.kind() {
        DisconnectKind::ProcessExited(exit) => (exit.clone(), reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pending_calls_fail_with_exit_status_and_stderr() {
    let (peer, _notifications) = peer("echo 'first' >&2; echo 'bad option' >&2; exit 3").await;
    let error = peer.call_raw("m", &()).await.unwrap_err();
    assert!(matches!(error, CallError::Closed(_)), "{error:?}");
    let (exit, reason) = exit_of(&peer).await;
    assert_eq!((exit.code, exit.signal), (Some(3), None));
    assert_eq!(&*exit.stderr_tail, "first\nbad option\n");
    assert_eq!(reason.to_string(), "the peer's process exited with code 3: bad option");
}

#[tokio::test]
async fn exit_by_signal_and_by_code_are_distinguished() {
    let (peer, _notifications) = peer("kill -9 $$").await;
    let (exit, _) = exit_of(&peer).await;
    assert_eq!((exit.code, exit.signal), (None, Some(9)));
}

#[tokio::test]
async fn what_was_written_before_the_exit_is_handled_before_the_end() {
    let script = r#"
        body='{"jsonrpc":"2.0","method":"note"}'
        for n in 1 2 3; do printf 'Content-Length: %d\r\n\r\n%s' ${#body} "$body"; done
    "#;
    let (peer, mut notifications) = peer(script).await;
    exit_of(&peer).await;
    for _ in 0..3 {
        assert_eq!(notifications.try_recv().unwrap(), "note");
    }
}

#[tokio::test]
async fn an_exit_is_noticed_while_another_process_holds_the_pipes() {
    // A process that has left the group keeps stdout and stderr.
    let script = "setsid sleep 1000 & echo $! >&2; exit 5";
    let (peer, _notifications) = peer_with(script, ConnectionLimits::default()).await;
    let start = Instant::now();
    let (exit, _) = exit_of(&peer).await;
    assert_eq!(exit.code, Some(5));
    assert!(start.elapsed() < Duration::from_secs(10));
    let [stranger] = numbers(peer.process().unwrap()).await;
    assert!(state(stranger).is_some());
    std::process::Command::new("kill").args(["-9", &stranger.to_string()]).status().unwrap();
}

#[tokio::test]
async fn a_stdout_that_is_closed_by_a_living_process_is_an_end_of_stream() {
    let (peer, _notifications) =
        peer_with("exec sleep 1000 >&-", ConnectionLimits::default()).await;
    assert_eq!(*peer.closed().await.kind(), DisconnectKind::Eof);
    assert!(peer.process().unwrap().id().is_some());
}

#[tokio::test]
async fn terminate_lets_a_process_end_in_its_own_way() {
    let process = process("trap 'exit 7' TERM; echo 0 >&2; while :; do sleep 0.01; done").await;
    numbers::<1>(&process).await;
    process.terminate();
    assert_eq!(process.exited().await.code, Some(7));
}

#[tokio::test]
async fn dropping_the_last_handle_kills_the_whole_group_and_reaps_the_child() {
    let (peer, _notifications) = peer("sleep 1000 & echo $! >&2; wait").await;
    let [grandchild] = numbers(peer.process().unwrap()).await;
    let child = peer.process().unwrap().id().unwrap();
    let second = peer.process().unwrap().clone();
    drop(peer);
    tokio::task::yield_now().await;
    assert!(second.id().is_some() && !matches!(state(grandchild), None | Some('Z')));
    drop(second);
    reaped(child).await;
    dead(grandchild).await;
}

#[tokio::test]
async fn what_a_process_leaves_of_its_group_is_killed_when_it_exits() {
    let process = process("sleep 1000 & echo $! >&2; exit 0").await;
    let exit = process.exited().await;
    assert!(exit.success());
    dead(exit.stderr_tail.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn a_process_that_is_known_to_have_exited_is_no_zombie() {
    let process = process("echo $$ >&2").await;
    let exit = process.exited().await;
    assert_eq!(state(exit.stderr_tail.trim().parse().unwrap()), None);
    assert_eq!((process.id(), process.try_exit_info()), (None, Some(exit)));
}

#[tokio::test]
async fn an_endless_stderr_is_read_and_its_end_kept() {
    let script = "yes xxxxxxxxxxxxxxxxxxx | head -n 100000 >&2; echo last >&2; exit 1";
    let (peer, _notifications) = peer(script).await;
    let (exit, _) = exit_of(&peer).await;
    assert!(exit.stderr_tail.ends_with("last\n") && exit.stderr_tail.len() <= 8192);
}

#[tokio::test]
async fn a_dropped_launch_kills_what_it_launched() {
    use futures::FutureExt;
    let marker = format!("{}", 1_000_000 + std::process::id());
    let command = super::support::shell(&format!("exec sleep {marker}"));
    let mut launch = Box::pin(copilot_sessions::rpc::Connection::spawn_stdio(command));
    assert!(launch.as_mut().now_or_never().is_none());
    drop(launch);
    // Whether it was dropped before or after the spawning: in the end there is no such process.
    eventually("no such process", || (!runs(&marker)).then_some(())).await;
}

/// Whether some process has this as an argument.
fn runs(argument: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|part| part == argument.as_bytes())
    })
}
