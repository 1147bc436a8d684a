//! `cargo xtask profile`: instructions and allocations per event, by part of the library.
//!
//! The bench `profile` runs one part of an event's path at a time under valgrind's callgrind, with two numbers of events.
//! The difference of the two counts, divided by the difference of the two numbers, is the cost of one event. Instruction
//! counts do not depend on the load of the machine; only the seed of a hash table changes them a little.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::measure::results::lines;
use crate::steps::{cargo, step};

/// The function of the bench within which callgrind counts.
const COUNTED: &str = "profile::counted";
/// The part whose functions are listed: the whole path of an event.
const WHOLE: &str = "client";
const EVENTS: [u64; 2] = [20_000, 40_000];
/// How many functions are listed.
const FUNCTIONS: usize = 20;

/// Prints `instructions PATH COUNT` and `allocations PATH COUNT` per event for each part of the path, and the functions
/// in which the whole path spends most.
pub(crate) fn run(root: &Path) -> Result<()> {
    step("valgrind", valgrind)?;
    let program = step("build", || build(root))?;
    let home = root.join("target").join("profile");
    fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    step("instructions", || {
        let paths = output(&mut Command::new(&program))?;
        ensure!(paths.lines().any(|path| path == WHOLE), "the bench has no part {WHOLE}");
        for path in paths.lines() {
            let [few, many] = EVENTS.map(|events| instructions(&program, &home, path, events));
            let [less, more] = EVENTS;
            println!("instructions {path} {}", (many? - few?) / (more - less));
        }
        Ok(())
    })?;
    step("allocations", || {
        let mut bench = cargo(root, &BENCH);
        lines(bench.args(["--bench", "memory", "--", "paths"]), &["allocations "])
    })?;
    step("functions", || {
        let counts = counts(&home, WHOLE, EVENTS[1]);
        for (share, option) in [("of their own", "no"), ("with what they call", "yes")] {
            println!("\ninstructions of {WHOLE}, by function, {share}:");
            let mut annotate = Command::new("callgrind_annotate");
            annotate.args(["--auto=no", &format!("--inclusive={option}")]).arg(&counts);
            functions(&output(&mut annotate)?)?.iter().for_each(|line| println!("{line}"));
        }
        Ok(())
    })
}

const BENCH: [&str; 4] = ["bench", "--quiet", "--all-features", "--locked"];

fn valgrind() -> Result<()> {
    let version = output(Command::new("valgrind").arg("--version"))
        .context("valgrind is needed, with its callgrind: install the package valgrind")?;
    println!("{}", version.trim_end());
    Ok(())
}

/// Builds the bench and returns the path of its program.
fn build(root: &Path) -> Result<PathBuf> {
    let mut build = cargo(root, &BENCH);
    build.args(["--bench", "profile", "--no-run", "--message-format", "json"]);
    let messages = output(&mut build)?;
    let program = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let of_bench = message.pointer("/target/name")? == "profile";
        let program = message.get("executable")?.as_str()?;
        of_bench.then(|| program.into())
    });
    program.context("cargo named no program")
}

/// The file that callgrind writes its counts to.
fn counts(home: &Path, path: &str, events: u64) -> PathBuf {
    home.join(format!("{path}-{events}.callgrind"))
}

fn instructions(program: &Path, home: &Path, path: &str, events: u64) -> Result<u64> {
    let counts = counts(home, path, events);
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--quiet", "--tool=callgrind", &format!("--toggle-collect={COUNTED}")])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(program)
        .args([path, &events.to_string()]);
    output(&mut valgrind)?;
    let text = fs::read_to_string(&counts)
        .with_context(|| format!("cannot read {}", counts.display()))?;
    total(&text).with_context(|| format!("nothing was counted within {COUNTED}"))
}

/// The total of callgrind's file, if anything was counted.
fn total(counts: &str) -> Option<u64> {
    let total = counts.lines().find_map(|line| line.strip_prefix("totals: "))?;
    total.trim().parse().ok().filter(|total| *total > 0)
}

/// The first functions of callgrind's table, without files and programs, and without the callers of everything.
fn functions(table: &str) -> Result<Vec<String>> {
    let functions: Vec<_> = table.lines().filter_map(function).take(FUNCTIONS).collect();
    ensure!(!functions.is_empty(), "callgrind_annotate listed no function");
    Ok(functions)
}

/// `1,234 (56.78%)  file:function [program]` without the file and the program.
fn function(line: &str) -> Option<String> {
    let (count, rest) = line.split_once('(')?;
    let (share, place) = rest.split_once("%)")?;
    let (_, function) = place.trim_start().split_once(':')?;
    let function = function.split_once(" [/").map_or(function, |(function, _)| function);
    count.trim().replace(',', "").parse::<u64>().ok()?;
    let all = share.trim() == "100.0";
    (!all).then(|| format!("{:>6} %  {function}", share.trim()))
}

/// The standard output of the program, if it succeeds.
fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        bail!("{name} failed ({})", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_counted_instructions_has_no_total() {
        assert_eq!(total("events: Ir\nsummary: 12\ntotals: 12\n"), Some(12));
        assert_eq!(total("events: Ir\ntotals: 0\n"), None);
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn functions_are_listed_without_paths_of_this_machine() {
        let table = "\
Ir
14,100,130 (100.0%)  PROGRAM TOTALS
Ir                  file:function
2,082,000 (14.77%)  ???:a_crate::scan::Scanner::value [/some/program]
14,100,130 (100.0%)  ???:main [/some/program]
  858,515 ( 6.09%)  ./malloc/malloc.c:free [/some/lib.so]
";
        let listed = functions(table).unwrap();
        assert_eq!(listed, [" 14.77 %  a_crate::scan::Scanner::value", "  6.09 %  free"]);
        assert!(functions("Ir\n").is_err());
    }
}
