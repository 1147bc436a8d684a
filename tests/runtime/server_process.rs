//! A runtime that nobody's client has started: it listens, and wants no token.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::bench::Bench;

/// Killed on drop.
pub(crate) struct Server {
    address: String,
    _child: Child,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Bench {
    pub(crate) async fn server(&self) -> Server {
        let mut child = Command::new(self.binary.path())
            .args(["--headless", "--no-auto-update", "--log-level", "error", "--no-auto-login"])
            .current_dir(self.work())
            .env("COPILOT_HOME", self.home())
            .env_remove("COPILOT_CONNECTION_TOKEN")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).await.unwrap(), 0, "it does not listen");
            if let Some((_, port)) = line.trim_end().split_once("listening on port ") {
                break port.parse::<u16>().unwrap();
            }
        };
        Server { address: format!("127.0.0.1:{port}"), _child: child, _stdout: stdout }
    }
}
