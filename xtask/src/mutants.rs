//! `cargo xtask mutants`: changes the code in small ways and sees whether a test fails.
//!
//! cargo-mutants does the work, on the hand-written files of the event log and of sessions. Thousands of builds
//! take hours, so this is no part of CI: run a shard after a change, or all of them in turn.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::steps;

/// What is changed: no generated code, no models, no tests.
const FILES: [&str; 2] = ["src/events/**/*.rs", "src/session/**/*.rs"];
const EXCLUDED: [&str; 4] = ["**/generated/**", "**/loom/**", "**/tests.rs", "**/tests/**"];
/// What must notice. These areas cover the two rooms, and take seconds together.
const TESTS: [&str; 9] =
    ["--lib", "--test", "log", "--test", "session", "--test", "client", "--test", "recordings"];
/// A test that a mutant keeps from ending.
const TIMEOUT_SECONDS: &str = "60";

/// Runs the mutants of a shard such as `1/20`, or all of them; `list` only names them.
///
/// # Errors
///
/// When a mutant survives that `.cargo/mutants.toml` does not explain.
pub(crate) fn run(root: &Path, shard: Option<&str>, list: bool) -> Result<()> {
    let output = root.join("target");
    let mut command = steps::cargo(root, &["mutants", "--no-shuffle", "--no-times"]);
    for pattern in FILES {
        command.args(["--file", pattern]);
    }
    for pattern in EXCLUDED {
        command.args(["--exclude", pattern]);
    }
    if let Some(shard) = shard {
        command.args(["--shard", shard]);
    }
    if list {
        return steps::must_succeed(command.arg("--list"));
    }
    command
        .args(["--features", "testing", "--profile", "mutants", "--timeout", TIMEOUT_SECONDS])
        .arg("--output")
        .arg(&output)
        .arg("--")
        .args(TESTS)
        // The tree is copied for each run; what does not change is built once for all of them.
        .env("CARGO_TARGET_DIR", output.join("mutants"));
    let status = command
        .status()
        .context("cannot start cargo-mutants; install it with `cargo install cargo-mutants`")?;
    ensure!(
        status.success(),
        "mutants survived, or could not be tried: see {}",
        output.join("mutants.out/missed.txt").display()
    );
    Ok(())
}
