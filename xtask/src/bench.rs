//! `cargo xtask bench`: runs every bench and gathers what it found.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::steps::{cargo, check, step};

const BENCHES: [&str; 5] = ["decode", "log", "fan_out", "memory", "wire"];

/// Lines that begin with one of these are results.
const RESULTS: [&str; 4] = ["ratio ", "rate ", "bytes ", "time "];

/// Runs the benches, prints their results as they come, and writes the `ratio` lines to
/// `target/ratios.txt` and a table of them to `target/ratios.md`.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut ratios = Vec::new();
    for bench in BENCHES {
        let found = step(bench, || results(root, bench))?;
        ratios.extend(found.into_iter().filter(|line| line.starts_with("ratio ")));
    }
    if ratios.is_empty() {
        bail!("no bench printed a ratio");
    }
    let target = root.join("target");
    std::fs::write(target.join("ratios.txt"), ratios.join("\n") + "\n")?;
    let rows: Vec<_> = ratios
        .iter()
        .filter_map(|line| line.strip_prefix("ratio ")?.split_once(' '))
        .map(|(name, value)| format!("| `{name}` | {value} |"))
        .collect();
    let table = format!("| ratio | value |\n|---|--:|\n{}\n", rows.join("\n"));
    std::fs::write(target.join("ratios.md"), &table)?;
    println!("\n{table}");
    Ok(())
}

fn results(root: &Path, bench: &str) -> Result<Vec<String>> {
    let mut command = cargo(root, &["bench", "--quiet", "--all-features", "--bench", bench]);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo's output")?;
    let mut found = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        if RESULTS.iter().any(|result| line.starts_with(result)) {
            println!("{line}");
            found.push(line);
        }
    }
    let status = child.wait()?;
    check(&command, status)?;
    Ok(found)
}
