//! `cargo xtask package`: checks the packages as crates.io would have them, outside of the workspace.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::msrv;
use crate::steps::{cargo, check, must_succeed, step};

/// The published packages, in the order of publishing: the second depends on the first.
const PUBLISHED: [&str; 2] = [PARENT_DEATH, "copilot-sessions"];
const PARENT_DEATH: &str = "copilot-sessions-parent-death";

/// The tests that `include` in `Cargo.toml` leaves out; it says why.
const LEFT_OUT: [&str; 6] = ["fuzzed", "kinds", "methods", "runtime", "secrets", "typestate"];

const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Whether the tests in the package are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    Check,
    Run,
}

/// Makes the packages, unpacks them elsewhere and checks them there.
pub(crate) fn run(root: &Path, tests: Tests) -> Result<()> {
    step("rust-version", || msrv::run(root, &PUBLISHED))?;
    step("packages", || make(root))?;
    let unpacked = step("unpacked", || Unpacked::of(root))?;
    step("all targets", || {
        let arguments = ["check", "--all-features", "--all-targets"];
        must_succeed(&mut unpacked.cargo(&arguments, &unpacked.target))
    })?;
    step("documentation as on docs.rs", || unpacked.documentation())?;
    if tests == Tests::Run {
        step("tests", || {
            let arguments = ["test", "--all-features", "--lib", "--tests"];
            must_succeed(&mut unpacked.cargo(&arguments, &unpacked.target))
        })?;
    }
    Ok(())
}

/// Makes the packages in `target/package`; cargo verifies that each builds. Any warning is an error, except those about
/// the tests that are left out.
fn make(root: &Path) -> Result<()> {
    let mut package =
        cargo(root, &["package", "--locked", "--allow-dirty", "--color", "never"]);
    for name in PUBLISHED {
        package.args(["--package", name]);
    }
    package.arg("--target-dir").arg(root.join("target"));
    let mut child = package.stderr(Stdio::piped()).spawn().context("cannot start cargo")?;
    let output = child.stderr.take().context("cargo has no standard error")?;
    let mut lines = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line.context("cannot read what cargo package prints")?;
        eprintln!("{line}");
        lines.push(line);
    }
    check(&package, child.wait().context("cargo package was lost")?)?;
    let problems = unexpected(&lines, &LEFT_OUT);
    ensure!(problems.is_empty(), "cargo package:\n{}", problems.join("\n"));
    Ok(())
}

/// The warnings in `lines` that are errors. Each test that is left out must have its warning.
fn unexpected(lines: &[String], left_out: &[&str]) -> Vec<String> {
    let is_about = |line: &str, test: &str| {
        line.starts_with(&format!("warning: ignoring test `{test}` as "))
            && line.ends_with("is not included in the published package")
    };
    let warnings = lines.iter().filter(|line| line.starts_with("warning"));
    let mut problems: Vec<String> = warnings
        .filter(|line| !left_out.iter().any(|test| is_about(line, test)))
        .cloned()
        .collect();
    for test in left_out {
        if !lines.iter().any(|line| is_about(line, test)) {
            problems.push(format!("the test `{test}` is in the package, or does not exist"));
        }
    }
    problems
}

/// The packages, each in a directory of its own, outside of the workspace.
struct Unpacked {
    main: PathBuf,
    parent_death: PathBuf,
    /// The directory for what is built: that of the workspace, where the dependencies may be built already.
    target: PathBuf,
    /// `[package.metadata.docs.rs]`.
    docs_rs: Value,
}

impl Unpacked {
    fn of(root: &Path) -> Result<Self> {
        let metadata = msrv::metadata(root)?;
        let directory = directory(root);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        let [parent_death, main] =
            PUBLISHED.map(|name| unpack(root, &metadata, name, &directory));
        let docs_rs = package(&metadata, "copilot-sessions")?.pointer("/metadata/docs/rs");
        Ok(Self {
            main: main?,
            parent_death: parent_death?,
            target: root.join("target"),
            docs_rs: docs_rs.context("no [package.metadata.docs.rs]")?.clone(),
        })
    }

    /// A command in the main package, which takes the other from where it was unpacked.
    fn cargo(&self, arguments: &[&str], target: &Path) -> Command {
        let mut command = cargo(&self.main, arguments);
        let patch =
            format!("patch.crates-io.{PARENT_DEATH}.path='{}'", self.parent_death.display());
        command.args(["--config", &patch]).arg("--target-dir").arg(target);
        command
    }

    /// Documents the package as docs.rs does. `feature(doc_cfg)` needs nightly, or `RUSTC_BOOTSTRAP`.
    fn documentation(&self) -> Result<()> {
        let arguments = self.docs_rs.get("rustdoc-args").and_then(Value::as_array);
        let arguments: Vec<&str> =
            arguments.into_iter().flatten().filter_map(Value::as_str).collect();
        // In a directory of its own: build scripts that look at the variable would run again for all other commands.
        let target = self.target.join("docsrs");
        let mut doc = self.cargo(&["doc", "--lib", "--no-deps"], &target);
        if self.docs_rs.get("all-features") == Some(&Value::Bool(true)) {
            doc.arg("--all-features");
        }
        doc.env("RUSTC_BOOTSTRAP", "1");
        must_succeed(doc.env("RUSTDOCFLAGS", format!("-D warnings {}", arguments.join(" "))))
    }
}

/// Unpacks the package `name` into `directory`, checks its licences and returns its root.
fn unpack(root: &Path, metadata: &Value, name: &str, directory: &Path) -> Result<PathBuf> {
    let version = package(metadata, name)?.get("version").and_then(Value::as_str);
    let name = format!("{name}-{}", version.context("a package without a version")?);
    let file = root.join("target/package").join(format!("{name}.crate"));
    // Not with the modification times in the package, which are constant: cargo would miss what has changed.
    let mut tar = Command::new("tar");
    tar.arg("-xzmf").arg(&file).arg("-C").arg(directory);
    let status = tar.status().context("cannot start tar")?;
    ensure!(status.success(), "cannot unpack {} ({status})", file.display());
    let unpacked = directory.join(name);
    for licence in LICENCES {
        let (ours, packed) = (fs::read(root.join(licence))?, fs::read(unpacked.join(licence)));
        ensure!(
            packed.is_ok_and(|packed| packed == ours),
            "{licence} in {} is missing or differs from the project's",
            file.display()
        );
    }
    println!("{}", unpacked.display());
    Ok(unpacked)
}

/// One directory per clone, the same in every run: to cargo, another path is another package to build.
fn directory(root: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    root.hash(&mut hasher);
    std::env::temp_dir().join(format!("copilot-sessions-package-{:016x}", hasher.finish()))
}

fn package<'a>(metadata: &'a Value, name: &str) -> Result<&'a Value> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    let mut packages = packages.into_iter().flatten();
    let named = packages.find(|package| package.get("name").is_some_and(|found| found == name));
    named.with_context(|| format!("no package {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn only_the_tests_that_are_left_out_may_be_missing() {
        let output = lines(
            "   Packaging copilot-sessions v0.1.0\n\
             warning: ignoring test `kinds` as `tests/kinds/main.rs` is not included in the published package\n\
             warning: ignoring bench `log` as `benches/log.rs` is not included in the published package\n\
             warning: unused import",
        );
        assert_eq!(unexpected(&output, &["kinds"]), output[2..]);
    }

    #[test]
    fn a_test_that_should_be_left_out_and_is_not_is_an_error() {
        let problems = unexpected(&lines("   Packaging copilot-sessions v0.1.0"), &["kinds"]);
        assert_eq!(problems, ["the test `kinds` is in the package, or does not exist"]);
    }
}
