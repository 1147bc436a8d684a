//! `cargo xtask test`: everything that must hold before a change is merged.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::runtimes::setup;
use crate::runtimes::setup::{Cli, Runtimes};
use crate::steps::{cargo, must_succeed, step};
use crate::{codegen, examples, layers, package, tally};

/// The integration test that needs the real runtime.
const RUNTIME_TESTS: &str = "runtime";

/// How much to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Full,
    /// Without what needs the real runtime.
    Quick,
}

/// Runs the steps in the order in which they are cheap to fail; the tests' results come last.
pub(crate) fn run(root: &Path, extent: Extent) -> Result<()> {
    let runtimes = match extent {
        Extent::Full => Some(step("setup", || setup::ensure(root, Cli::Pinned))?),
        Extent::Quick => None,
    };
    step("format", || must_succeed(&mut cargo(root, &["fmt", "--all", "--check"])))?;
    step("layers", || layers::run(root))?;
    step("generated code", || codegen::run(root, codegen::Mode::Check))?;
    step("clippy", || {
        let arguments = ["clippy", "--all-targets", "--all-features", "--locked"];
        must_succeed(cargo(root, &arguments).args(WORKSPACE).args(["--", "-D", "warnings"]))
    })?;
    if extent == Extent::Full {
        step("clippy without features", || {
            let arguments = ["clippy", "--no-default-features", "--locked"];
            must_succeed(cargo(root, &arguments).args(["--", "-D", "warnings"]))
        })?;
    }
    step("documentation", || {
        let arguments = ["doc", "--exclude", "xtask", "--no-deps", "--all-features"];
        let mut doc = cargo(root, &arguments);
        must_succeed(doc.args(WORKSPACE).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    if extent == Extent::Full {
        step("package", || package::run(root, package::Tests::Check))?;
    }
    step("examples", || match &runtimes {
        Some(runtimes) => examples::on_runtime(root, &runtimes.runtime),
        None => examples::on_script(root),
    })?;
    let totals = step("tests", || match &runtimes {
        Some(runtimes) => all_tests(root, runtimes),
        None => hermetic_tests(root),
    })?;
    println!("\n{totals}");
    Ok(())
}

fn all_tests(root: &Path, runtimes: &Runtimes) -> Result<tally::Totals> {
    let mut tests = cargo(root, &TESTS);
    tally::run(tests.args(WORKSPACE).envs(runtimes.variables()))
}

/// All tests but those on the real runtime. Cargo has no way to leave out a target, so the others are named.
fn hermetic_tests(root: &Path) -> Result<tally::Totals> {
    let targets = integration_tests(root)?;
    let named = targets
        .iter()
        .filter(|target| *target != RUNTIME_TESTS)
        .flat_map(|target| ["--test", target]);
    let mut tests = cargo(root, &TESTS);
    tests.args(WORKSPACE);
    let mut totals = tally::run(tests.args(["--lib", "--bins", "--examples"]).args(named))?;
    totals += tally::run(cargo(root, &TESTS).args(WORKSPACE).arg("--doc"))?;
    Ok(totals)
}

const TESTS: [&str; 4] = ["test", "--all-features", "--locked", "--no-fail-fast"];

/// All but the comparison with peers, which builds those too.
const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "peer-bench"];

/// The names of the integration tests of the workspace.
fn integration_tests(root: &Path) -> Result<Vec<String>> {
    let mut metadata = cargo(root, &["metadata", "--no-deps", "--format-version", "1"]);
    let output = metadata.output().context("cannot start cargo metadata")?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata gave no JSON")?;
    let list = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    Ok(list(&metadata, "packages")
        .iter()
        .flat_map(|package| list(package, "targets"))
        .filter(|target| list(target, "kind").iter().any(|kind| kind == "test"))
        .filter_map(|target| Some(target.get("name")?.as_str()?.to_owned()))
        .collect())
}
