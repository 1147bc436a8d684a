//! `cargo xtask fuzz`: looks for inputs that fail the checks in `fuzz/src`.
//!
//! The targets need nightly and cargo-fuzz, which is why this is no step of `cargo xtask test`; there, `tests/fuzzed`
//! puts the seeds through the same checks. What a run finds worth keeping stays in `target/fuzz`, for the next one.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::steps::step;

const TARGETS: [&str; 2] = ["scan", "framing"];
/// Seconds for each target, unless the command line says otherwise.
const SECONDS: u64 = 60;
/// The line of libFuzzer's final statistics that has the number of runs.
const EXECUTIONS: &str = "stat::number_of_executed_units:";

/// Runs each target for `seconds` and prints a line `executions NAME COUNT` for each.
pub(crate) fn run(root: &Path, seconds: Option<&str>) -> Result<()> {
    let seconds = match seconds {
        Some(text) => text.parse().ok().filter(|seconds| *seconds > 0),
        None => Some(SECONDS),
    };
    // libFuzzer runs without end when it is given 0.
    let seconds = seconds.context("fuzz takes a number of seconds, 1 or more")?;
    step("tools", || {
        let version = cargo_fuzz(root).arg("--version").status();
        ensure!(
            version.is_ok_and(|status| status.success()),
            "fuzzing needs nightly and cargo-fuzz: `rustup toolchain install nightly`, \
             `cargo install cargo-fuzz --locked`"
        );
        Ok(())
    })?;
    for target in TARGETS {
        step(target, || {
            let executions = fuzz(root, target, seconds)?;
            println!("executions {target} {executions}");
            Ok(())
        })?;
    }
    Ok(())
}

/// Runs one target and returns the number of executions.
fn fuzz(root: &Path, target: &str, seconds: u64) -> Result<u64> {
    let found = Path::new("target/fuzz/corpus").join(target);
    fs::create_dir_all(root.join(&found)).context("cannot create the corpus")?;
    let mut fuzz = cargo_fuzz(root);
    // No sanitizer: the crate has no unsafe code, and a run without one tries more.
    fuzz.args(["run", "--sanitizer", "none", "--target-dir", "target/fuzz", target])
        .arg(found)
        .arg(format!("fuzz/seeds/{target}"))
        .args(["--", "-print_final_stats=1", &format!("-max_total_time={seconds}")])
        .arg(format!("-dict=fuzz/dictionaries/{target}"));
    let mut child = fuzz.stderr(Stdio::piped()).spawn().context("cannot start cargo fuzz")?;
    let output = child.stderr.take().context("cargo fuzz has no output")?;
    let mut executions = None;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("cannot read what cargo fuzz prints")?;
        let line = String::from_utf8_lossy(&line);
        executions = executions_in(&line).or(executions);
        if is_worth_reading(&line) {
            eprintln!("{line}");
        }
    }
    let status = child.wait().context("cargo fuzz was lost")?;
    if !status.success() {
        bail!(
            "the target {target} failed ({status}). If an input is named above, it goes to \
             fuzz/seeds/{target} with the fix"
        );
    }
    executions.filter(|count| *count > 0).with_context(|| format!("{target} never ran"))
}

fn cargo_fuzz(root: &Path) -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(root).args(["run", "nightly", "cargo", "fuzz"]);
    command
}

fn executions_in(line: &str) -> Option<u64> {
    line.strip_prefix(EXECUTIONS)?.trim().parse().ok()
}

/// False for libFuzzer's progress lines and for the dictionary words that it suggests.
fn is_worth_reading(line: &str) -> bool {
    !line.starts_with('#') && !line.contains(" # Uses: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_read_from_the_final_statistics() {
        assert_eq!(executions_in("stat::number_of_executed_units: 247380"), Some(247_380));
        assert_eq!(executions_in("#2\tINITED cov: 2132"), None);
    }

    #[test]
    fn a_failure_is_shown_and_progress_is_not() {
        assert!(is_worth_reading("thread '<unnamed>' panicked at src/scan.rs:39:42:"));
        assert!(!is_worth_reading("#378510\tREDUCE cov: 2132 ft: 7025"));
        assert!(!is_worth_reading("\"\\001\\000\" # Uses: 259"));
    }
}
