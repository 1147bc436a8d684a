//! Runs commands as named steps, each with a heading and its time.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Runs `step` under a heading and prints how long it took.
pub(crate) fn step<T>(name: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n==> {name}");
    let start = Instant::now();
    let result = step();
    let outcome = if result.is_ok() { "ok" } else { "FAILED" };
    println!("<== {name}: {outcome} in {:.1} s", start.elapsed().as_secs_f64());
    result.with_context(|| format!("step `{name}`"))
}

/// The cargo that runs this program, in the directory `root`.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root).args(arguments);
    command
}

/// Runs `command`; an error if it fails.
pub(crate) fn must_succeed(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    check(command, status)
}

/// An error that names `command` unless `status` is success.
pub(crate) fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        let arguments: Vec<_> =
            command.get_args().map(|argument| argument.display().to_string()).collect();
        bail!("`cargo {}` failed ({status})", arguments.join(" "));
    }
    Ok(())
}
