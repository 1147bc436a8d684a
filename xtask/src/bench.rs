//! `cargo xtask bench`: runs every bench and gathers what it found.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::check::Extent;
use crate::setup::{self, Cli, Runtimes};
use crate::steps::{cargo, check, step};

const BENCHES: [&str; 6] = ["decode", "log", "fan_out", "memory", "wire", ON_THE_RUNTIME];

/// The bench that needs the real runtime.
const ON_THE_RUNTIME: &str = "latency";

/// Lines that begin with one of these are results.
const RESULTS: [&str; 4] = ["ratio ", "rate ", "bytes ", "time "];

/// Runs the benches, prints their results as they come, and writes the `ratio` lines to
/// `target/ratios.txt` and a table of them to `target/ratios.md`.
pub(crate) fn run(root: &Path, extent: Extent) -> Result<()> {
    let runtimes = match extent {
        Extent::Full => Some(step("setup", || setup::ensure(root, Cli::Pinned))?),
        Extent::Quick => None,
    };
    let mut ratios = Vec::new();
    for bench in BENCHES {
        if bench == ON_THE_RUNTIME && runtimes.is_none() {
            println!("\n==> {bench}: not run, it needs the real runtime");
            continue;
        }
        let found = step(bench, || results(root, bench, runtimes.as_ref()))?;
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

fn results(root: &Path, bench: &str, runtimes: Option<&Runtimes>) -> Result<Vec<String>> {
    let mut command = cargo(root, &["bench", "--quiet", "--all-features", "--bench", bench]);
    command.envs(runtimes.iter().flat_map(|runtimes| runtimes.variables()));
    lines(&mut command, &RESULTS)
}

/// Runs a bench, prints the lines that begin with one of `results` as they come, and
/// returns them.
pub(crate) fn lines(command: &mut Command, results: &[&str]) -> Result<Vec<String>> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo's output")?;
    let mut found = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        if results.iter().any(|result| line.starts_with(result)) {
            println!("{line}");
            found.push(line);
        }
    }
    let status = child.wait()?;
    check(command, status)?;
    Ok(found)
}
