//! `cargo xtask mutants`: changes the code in small ways and sees whether a test fails.
//!
//! cargo-mutants names the changes, in the hand-written files of the event log and of sessions. It would build
//! the tests anew for each of over a thousand, which takes half a day. So all changes are built at once and
//! switched on one by one; what can't be built so is left to cargo-mutants. This takes an hour and is no part of CI.

mod build;
mod list;
mod trial;
mod variants;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use self::list::Mutant;
use self::trial::Outcome;
use crate::steps;

pub(crate) use self::list::Selection;

/// A test that a change keeps from ending, where cargo-mutants runs it.
const TIMEOUT_SECONDS: &str = "300";

/// Names the selected changes.
pub(crate) fn names(root: &Path, selection: Selection<'_>) -> Result<()> {
    for mutant in list::list(root, selection)? {
        println!("{}", mutant.name);
    }
    Ok(())
}

/// Tries the selected changes.
///
/// # Errors
///
/// When a change survives that `.cargo/mutants.toml` does not explain.
pub(crate) fn run(root: &Path, selection: Selection<'_>) -> Result<()> {
    let mutants = list::list(root, selection)?;
    ensure!(!mutants.is_empty(), "no change is selected");
    let output = root.join("target/mutants");
    let copy = output.join("copy");
    fs::create_dir_all(&copy)?;
    let built = steps::step("build", || build::build(root, &copy, &mutants))?;
    let numbers: Vec<_> =
        (1..=mutants.len()).filter(|number| !built.left_out.contains(*number)).collect();
    let name =
        |number: usize| mutants.get(number - 1).map_or("", |mutant| mutant.name.as_str());
    let outcomes = steps::step("tests, one change at a time", || {
        trial::run(&built.programs, &copy, &numbers, |number, outcome| {
            println!("{outcome:?}: {}", name(number));
        })
    })?;
    let named = |numbers: &BTreeSet<usize>| -> Vec<_> {
        numbers.iter().filter_map(|number| mutants.get(number - 1)).collect()
    };
    let left_out = named(&built.left_out.alone);
    write_report(&output, &mutants, &outcomes, &named(&built.left_out.unviable))?;
    let missed = outcomes.values().filter(|outcome| **outcome == Outcome::Missed).count();
    let rest = if left_out.is_empty() {
        Ok(())
    } else {
        steps::step("cargo-mutants, for what can't be built at once", || {
            one_by_one(root, &output, &left_out)
        })
    };
    ensure!(
        missed == 0,
        "{missed} changes survived: see {}",
        output.join("missed.txt").display()
    );
    rest
}

/// Writes one file for each outcome, and prints how many there are.
fn write_report(
    output: &Path,
    mutants: &[Mutant],
    outcomes: &BTreeMap<usize, Outcome>,
    unviable: &[&Mutant],
) -> Result<()> {
    let write = |file: &str, names: Vec<&str>| -> Result<()> {
        println!("{file}: {}", names.len());
        fs::write(output.join(file), names.join("\n") + "\n").context("cannot write the report")
    };
    for (outcome, file) in [
        (Outcome::Caught, "caught.txt"),
        (Outcome::Timeout, "timeout.txt"),
        (Outcome::Missed, "missed.txt"),
    ] {
        let numbers =
            outcomes.iter().filter(|(_, of)| **of == outcome).map(|(number, _)| number);
        let names = numbers.filter_map(|number| Some(mutants.get(number - 1)?.name.as_str()));
        write(file, names.collect())?;
    }
    write("unviable.txt", unviable.iter().map(|mutant| mutant.name.as_str()).collect())
}

/// Has cargo-mutants build and test each of `mutants` by itself. Its report is `target/mutants.out`.
fn one_by_one(root: &Path, output: &Path, mutants: &[&Mutant]) -> Result<()> {
    let mut command = steps::cargo(root, &["mutants", "--no-shuffle", "--no-times"]);
    for mutant in mutants {
        command.args(["--re", &format!("^{}$", escaped(&mutant.name))]);
    }
    command
        .args(build::FEATURES)
        .args(["--timeout", TIMEOUT_SECONDS])
        .arg("--output")
        .arg(root.join("target"))
        .arg("--")
        .args(build::tests())
        // The tree is copied for each run; what does not change is built once for all of them. The
        // tests run once here, so that optimizing them would not pay.
        .env("CARGO_TARGET_DIR", output.join("one-by-one"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .stdin(Stdio::null());
    steps::must_succeed(&mut command)
}

/// A regular expression that matches just `text`.
fn escaped(text: &str) -> String {
    let mut expression = String::new();
    for character in text.chars() {
        // Not `<` and `>`, which mean something with a backslash before them.
        if r"\.+*?()|[]{}^$&".contains(character) {
            expression.push('\\');
        }
        expression.push(character);
    }
    expression
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_signs_is_matched_as_it_is() {
        assert_eq!(
            escaped("a.rs:1:2: replace <impl A for &B>::c -> Option<&str> with Some(\"\")"),
            r#"a\.rs:1:2: replace <impl A for \&B>::c -> Option<\&str> with Some\(""\)"#
        );
    }
}
