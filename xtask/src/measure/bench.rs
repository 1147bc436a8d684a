//! `cargo xtask bench`: runs every benchmark and collects the results.

use std::path::Path;

use anyhow::{Result, bail};

use crate::check::Extent;
use crate::measure::results::lines;
use crate::runtimes::setup;
use crate::runtimes::setup::{Cli, Runtimes};
use crate::steps::{cargo, step};

const BENCHES: [&str; 8] =
    ["decode", "log", "fan_out", "memory", "wire", "tcp", "stop", ON_THE_RUNTIME];

/// The benchmark that needs the real runtime.
const ON_THE_RUNTIME: &str = "latency";

/// A line that begins with one of these is a result.
const RESULT_PREFIXES: [&str; 4] = ["ratio ", "rate ", "bytes ", "time "];

/// Runs the benchmarks, prints their results as they come, and writes the `ratio` lines to
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
    lines(&mut command, &RESULT_PREFIXES)
}
