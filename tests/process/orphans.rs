//! A parent that is killed takes its child along.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use copilot_sessions::rpc::Connection;

use crate::support::{dead, shell, state};

const ROLE: &str = "COPILOT_SESSIONS_TEST_PARENT";

#[test]
fn a_child_dies_with_its_parent_even_when_that_is_killed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if std::env::var_os(ROLE).is_some() {
        runtime.block_on(be_the_parent());
    } else {
        runtime.block_on(kill_a_parent());
    }
}

/// In a second process that runs this very test.
async fn be_the_parent() {
    // It reads no stdin, so the end of that does not end it.
    let connection = Connection::spawn_stdio(shell("exec sleep 1000")).await.unwrap();
    println!("child={}", connection.process().unwrap().id().unwrap());
    std::future::pending::<()>().await;
}

async fn kill_a_parent() {
    let name = "orphans::a_child_dies_with_its_parent_even_when_that_is_killed";
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(ROLE, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let child: u32 = BufReader::new(parent.stdout.take().unwrap())
        .lines()
        .find_map(|line| line.unwrap().rsplit_once("child=")?.1.parse().ok())
        .unwrap();
    assert!(state(child).is_some());
    parent.kill().unwrap();
    parent.wait().unwrap();
    dead(child).await;
}
