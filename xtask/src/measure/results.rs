//! Reads result lines from the output of a benchmark.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::steps::check;

/// Runs a benchmark, prints the lines that begin with one of `prefixes` as they come, and returns them.
pub(crate) fn lines(command: &mut Command, prefixes: &[&str]) -> Result<Vec<String>> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo's output")?;
    let mut found = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        if prefixes.iter().any(|prefix| line.starts_with(prefix)) {
            println!("{line}");
            found.push(line);
        }
    }
    let status = child.wait()?;
    check(command, status)?;
    Ok(found)
}
