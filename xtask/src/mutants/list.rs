//! The changes that cargo-mutants would make.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::steps;

/// What is changed: no generated code, no models, no tests.
const FILES: [&str; 2] = ["src/events/**/*.rs", "src/session/**/*.rs"];
const EXCLUDED: [&str; 5] =
    ["**/generated/**", "**/loom/**", "**/log/sync.rs", "**/tests.rs", "**/tests/**"];

/// Which of the changes to make.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Selection<'a> {
    All,
    /// One part of many, such as `1/20`.
    Shard(&'a str),
    /// The changes in files that a pattern matches, such as `src/events/log/*.rs`.
    Files(&'a str),
}

/// One change: a part of a file and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Mutant {
    /// Names the place and the change, in one line.
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) span: Span,
    pub(super) replacement: String,
}

/// A part of a file, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Span {
    pub(super) start: Position,
    pub(super) end: Position,
}

/// A place in a file: the line and the character in it, both counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Lists the selected changes, those that `.cargo/mutants.toml` excludes left out.
pub(super) fn list(root: &Path, selection: Selection<'_>) -> Result<Vec<Mutant>> {
    let mut command = steps::cargo(root, &["mutants", "--list", "--json", "--no-shuffle"]);
    match selection {
        Selection::All => {}
        Selection::Shard(shard) => {
            command.args(["--shard", shard]);
        }
        Selection::Files(pattern) => {
            command.args(["--file", pattern]);
        }
    }
    if !matches!(selection, Selection::Files(_)) {
        command.args(FILES.into_iter().flat_map(|pattern| ["--file", pattern]));
    }
    command.args(EXCLUDED.into_iter().flat_map(|pattern| ["--exclude", pattern]));
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    steps::check(&command, output.status).context(
        "no list of changes; `cargo install cargo-mutants --locked` installs what makes it",
    )?;
    serde_json::from_slice(&output.stdout).context("cannot read the list of cargo-mutants")
}
