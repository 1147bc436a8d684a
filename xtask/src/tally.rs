//! Passes on what `cargo test` prints and adds up its results.

use std::fmt;
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::{steps, watchdog};

/// The results of all test binaries together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.ignored)
    }
}

/// Runs `tests`, a `cargo test`. A run in which no test ran is an error, and so is one that hangs.
pub(crate) fn run(tests: &mut Command) -> Result<Totals> {
    let mut child = tests.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let output = child.stdout.take().context("cargo test has no output")?;
    let mut totals = Totals::default();
    let passed_on = watchdog::watch(output, watchdog::LIMIT, |line| {
        totals += result_in(line).unwrap_or_default();
        println!("{line}");
    });
    if let Err(hung) = passed_on {
        watchdog::kill(&mut child);
        return Err(hung);
    }
    let status = child.wait().context("cargo test was lost")?;
    steps::check(tests, status)?;
    ensure!(totals.passed > 0, "no test ran");
    Ok(totals)
}

/// The counts in a line such as `test result: ok. 4 passed; 0 failed; 0 ignored; …`.
fn result_in(line: &str) -> Option<Totals> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |label: &str| {
        counts.split("; ").find_map(|part| part.strip_suffix(label)?.trim().parse().ok())
    };
    Some(Totals {
        passed: count("passed")?,
        failed: count("failed")?,
        ignored: count("ignored")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_and_added_up() {
        let mut totals = Totals::default();
        for line in [
            "running 4 tests",
            "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            totals += result_in(line).unwrap_or_default();
        }
        assert_eq!(totals.to_string(), "6 passed, 3 failed, 1 skipped");
    }
}
