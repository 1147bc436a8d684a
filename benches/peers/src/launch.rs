//! Starts the scripted runtime as a child process and connects an SDK to it.

use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::process::{Child, Command};

use crate::sdk::Sdk;

/// A connection and the process at its other end, which is killed with it.
pub(crate) struct Connected<S: Sdk> {
    pub(crate) client: S::Client,
    _server: Child,
}

/// Starts the scripted runtime with `arguments` after the arguments that an SDK uses, and connects to it. Both SDKs get
/// the same two pipes.
pub(crate) async fn connect<S: Sdk>(
    program: &str,
    arguments: &[String],
) -> Result<Connected<S>> {
    let mut server = Command::new(program)
        .args(["--headless", "--no-auto-update", "--stdio"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let reader = server.stdout.take().context("the server has no standard output")?;
    let writer = server.stdin.take().context("the server has no standard input")?;
    Ok(Connected { client: S::connect(reader, writer).await?, _server: server })
}
