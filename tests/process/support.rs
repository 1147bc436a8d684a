//! Shell scripts as peers, and looks at the process table.

use std::time::{Duration, Instant};

use copilot_sessions::rpc::{
    Command, Connection, ConnectionLimits, Disconnect, Inbound, Peer, Process, Responder,
};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

/// A script for the shell.
pub(crate) fn shell(script: &str) -> Command {
    Command::new("/bin/sh").args(["-c", script])
}

/// A peer that is a script, and the methods of its notifications.
///
/// However busy the machine is, the exit is waited for.
pub(crate) async fn peer(script: &str) -> (Peer, mpsc::UnboundedReceiver<String>) {
    let patient = ConnectionLimits::default().exit_grace(Duration::from_secs(60));
    peer_with(script, patient).await
}

pub(crate) async fn peer_with(
    script: &str,
    options: ConnectionLimits,
) -> (Peer, mpsc::UnboundedReceiver<String>) {
    let connection = Connection::spawn_stdio(shell(script)).await.unwrap();
    let (sender, receiver) = mpsc::unbounded_channel();
    (Peer::spawn(connection, Owner(sender), options), receiver)
}

/// The process of a script that is given no further attention.
pub(crate) async fn process(script: &str) -> Process {
    let connection = Connection::spawn_stdio(shell(script)).await.unwrap();
    connection.process().unwrap().clone()
}

/// An owner that passes on the methods of notifications.
pub(crate) struct Owner(pub(crate) mpsc::UnboundedSender<String>);

impl Inbound for Owner {
    fn notification(&mut self, method: &str, _: Option<&RawValue>) {
        let _ = self.0.send(method.to_owned());
    }

    fn request(&mut self, _: &str, params: Option<&RawValue>, responder: Responder) {
        responder.respond(&params);
    }

    fn closed(&mut self, _: &Disconnect) {}
}

/// Waits until there is a value, for ten seconds at most. The operating system gives no
/// notice of what is waited for here.
pub(crate) async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(Instant::now() < deadline, "still not: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The numbers a script has written to stderr, once there are so many.
pub(crate) async fn numbers<const N: usize>(process: &Process) -> [u32; N] {
    eventually("the script wrote its numbers", || {
        let tail = process.stderr_tail();
        let complete = tail.ends_with('\n').then_some(tail)?;
        let numbers: Vec<u32> =
            complete.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        numbers.try_into().ok()
    })
    .await
}

/// The state letter of a process; `None` when there is no such process, not even a zombie.
pub(crate) fn state(id: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Waits until a child of ours was killed and reaped.
pub(crate) async fn reaped(id: u32) {
    eventually("the child is reaped", || state(id).is_none().then_some(())).await;
}

/// Waits until somebody else's child was killed; whether it is reaped is not up to us.
pub(crate) async fn dead(id: u32) {
    eventually("the process is dead", || {
        matches!(state(id), None | Some('Z' | 'X')).then_some(())
    })
    .await;
}
