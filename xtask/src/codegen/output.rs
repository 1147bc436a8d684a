//! Writes the generated files, or compares them with the files that exist.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::codegen::render::Files;

/// What to do with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    /// Writes nothing, and reports the files that differ.
    Check,
}

/// Makes `target` hold `files` and nothing else. Returns the names of the files that were different.
pub(super) fn update(
    root: &Path,
    target: &str,
    files: &Files,
    mode: Mode,
) -> Result<Vec<String>> {
    let target = root.join(target);
    let mut stale = unknown(&target, files)?;
    if mode == Mode::Write {
        for name in &stale {
            fs::remove_file(target.join(name))
                .with_context(|| format!("cannot remove {name}"))?;
        }
    }
    for (name, text) in files {
        let formatted = rustfmt(root, text).with_context(|| format!("in {name}"))?;
        let path = target.join(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == formatted) {
            continue;
        }
        stale.push(name.clone());
        if mode == Mode::Write {
            fs::create_dir_all(&target).context("cannot create the directory")?;
            fs::write(&path, formatted)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(stale)
}

/// Files in `target` that the generator does not write.
fn unknown(target: &Path, files: &Files) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    if target.is_dir() {
        for entry in fs::read_dir(target).context("cannot list the generated files")? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !files.contains_key(&name) {
                unknown.push(name);
            }
        }
    }
    Ok(unknown)
}

/// Formats `text` with the project's settings of rustfmt.
fn rustfmt(root: &Path, text: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start rustfmt")?;
    let mut input = rustfmt.stdin.take().context("rustfmt has no input")?;
    // rustfmt reads everything before it writes, so neither waits for the other.
    input.write_all(text.as_bytes()).context("rustfmt does not read")?;
    drop(input);
    let output = rustfmt.wait_with_output().context("rustfmt was lost")?;
    ensure!(output.status.success(), "rustfmt refuses what was generated");
    String::from_utf8(output.stdout).context("rustfmt did not write UTF-8")
}
