//! Builds a copy of the repository with all changes in it, without those that do not compile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::copy::copy_to;
use crate::mutants::list::Mutant;
use crate::mutants::variants::{self, Blamed, Variants};
use crate::steps;

/// The tests that must notice a change, besides the unit tests: quick ones first. They cover the two
/// rooms.
const AREAS: [&str; 16] = [
    "log",
    "session",
    "turn",
    "endings",
    "rpc",
    "client",
    "inbound",
    "recordings",
    "methods",
    "options",
    "tracing",
    "kinds",
    "secrets",
    "orders",
    "process",
    "hostile",
];

/// The features that the tests are built with.
pub(super) const FEATURES: [&str; 2] = ["--features", "testing,methods"];

/// Arguments of `cargo test` that name the tests.
pub(super) fn tests() -> impl Iterator<Item = &'static str> {
    let areas = AREAS.into_iter().flat_map(|area| ["--test", area]);
    ["--lib"].into_iter().chain(areas)
}

/// The test programs, and the changes that they can't try.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) programs: Vec<PathBuf>,
    pub(super) left_out: LeftOut,
}

/// The changes that are not in the test programs, by their numbers.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// They do not compile.
    pub(super) unviable: BTreeSet<usize>,
    /// They may compile when each is made by itself.
    pub(super) alone: BTreeSet<usize>,
}

impl LeftOut {
    pub(super) fn contains(&self, number: usize) -> bool {
        self.unviable.contains(&number) || self.alone.contains(&number)
    }

    fn len(&self) -> usize {
        self.unviable.len() + self.alone.len()
    }
}

/// A line of what cargo prints.
#[derive(Debug, Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    message: Option<Diagnostic>,
}

#[derive(Debug, Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
    spans: Vec<Place>,
}

/// What a diagnostic points to.
#[derive(Debug, Deserialize)]
struct Place {
    file_name: PathBuf,
    line_start: usize,
    is_primary: bool,
    expansion: Option<Expansion>,
}

/// Where the macro was called that wrote the place.
#[derive(Debug, Deserialize)]
struct Expansion {
    span: Box<Place>,
}

/// Builds the tests in `copy`. The number of a change is its place in `mutants`, counted from one.
pub(super) fn build(root: &Path, copy: &Path, mutants: &[Mutant]) -> Result<Built> {
    copy_to(root, copy)?;
    let crate_root = copy.join("src/lib.rs");
    let text = fs::read_to_string(&crate_root)?;
    fs::write(&crate_root, text + &variants::switch())?;
    let originals = originals(copy, mutants)?;
    let mut left_out = LeftOut::default();
    loop {
        let files = write(copy, &originals, mutants, &mut left_out)?;
        println!("building with {} changes", mutants.len() - left_out.len());
        let (programs, errors) = compile(copy)?;
        if errors.is_empty() {
            return Ok(Built { programs, left_out });
        }
        let known = left_out.len();
        for blamed in errors.iter().flat_map(|error| blamed(error, &files)) {
            match blamed {
                Blamed::One(number) => _ = left_out.unviable.insert(number),
                Blamed::AnyOf(numbers) => left_out.alone.extend(numbers),
            }
        }
        let unviable = &left_out.unviable;
        left_out.alone.retain(|number| !unviable.contains(number));
        let rendered = errors.iter().filter_map(|error| error.rendered.as_deref());
        ensure!(
            left_out.len() > known,
            "the tests do not compile, and no change is at fault:\n{}",
            rendered.collect::<String>()
        );
    }
}

/// The files in `copy` that have changes, before any is made.
fn originals(copy: &Path, mutants: &[Mutant]) -> Result<BTreeMap<PathBuf, String>> {
    let mut originals = BTreeMap::new();
    for file in mutants.iter().map(|mutant| &mutant.file) {
        if !originals.contains_key(file) {
            originals.insert(file.clone(), fs::read_to_string(copy.join(file))?);
        }
    }
    Ok(originals)
}

/// Writes the changed files, and adds what stands in no function to `left_out`.
fn write(
    copy: &Path,
    originals: &BTreeMap<PathBuf, String>,
    mutants: &[Mutant],
    left_out: &mut LeftOut,
) -> Result<BTreeMap<PathBuf, Variants>> {
    let mut files = BTreeMap::new();
    for (file, original) in originals {
        let numbered = (1..).zip(mutants);
        let changes: Vec<_> = numbered
            .filter(|(number, mutant)| mutant.file == *file && !left_out.contains(*number))
            .collect();
        let placed = variants::place(original, &changes)
            .with_context(|| format!("cannot change {}", file.display()))?;
        left_out.alone.extend(&placed.left_out);
        let path = copy.join(file);
        if fs::read_to_string(&path)? != placed.text {
            fs::write(path, &placed.text)?;
        }
        files.insert(file.clone(), placed);
    }
    Ok(files)
}

/// The test programs, or the compiler's errors.
fn compile(copy: &Path) -> Result<(Vec<PathBuf>, Vec<Diagnostic>)> {
    let mut command = steps::cargo(copy, &["test", "--no-run", "--no-fail-fast"]);
    command.args(FEATURES).args(["--profile", "mutants", "--message-format", "json"]);
    command.args(tests());
    // A change may leave something unused; that is no fault of it.
    command.env("RUSTFLAGS", "--cap-lints=allow");
    command.arg("--target-dir").arg(copy.join("target"));
    let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    let (mut programs, mut errors) = (Vec::new(), Vec::new());
    for line in String::from_utf8(output.stdout)?.lines() {
        let line: Message = serde_json::from_str(line)?;
        programs.extend(line.executable);
        errors.extend(line.message.filter(|message| message.level == "error"));
    }
    if errors.is_empty() {
        steps::check(&command, output.status)?;
    }
    Ok((programs, errors))
}

/// The changes that stand where `error` points to.
fn blamed(error: &Diagnostic, files: &BTreeMap<PathBuf, Variants>) -> Vec<Blamed> {
    let primary = error.spans.iter().filter(|place| place.is_primary);
    let places = primary.flat_map(|place| {
        std::iter::successors(Some(place), |place| Some(&*place.expansion.as_ref()?.span))
    });
    places.filter_map(|place| files.get(&place.file_name)?.blamed(place.line_start)).collect()
}
