//! Checks `rust-version` without that old compiler: what the dependencies require, and newer syntax.
//!
//! Clippy's `incompatible_msrv` checks the rest, items of the standard library.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use syn::visit;
use syn::visit::Visit;

use crate::sources;
use crate::steps::{cargo, check};

/// Where the sources of the published packages are.
const SOURCES: [&str; 5] = ["src", "crates", "tests", "benches", "examples"];

/// The first version with the syntax that [`newer_syntax`] finds.
const NEWER_SYNTAX: Version = Version([1, 95, 0]);

/// Fails if a dependency of `packages`, in its locked version, requires a newer Rust than they do, or if a source file
/// uses newer syntax.
pub(crate) fn run(root: &Path, packages: &[&str]) -> Result<()> {
    let metadata = metadata(root)?;
    let ours = of_packages(&metadata, packages)?;
    let mut problems = dependencies(&metadata, packages, ours)?;
    if ours < NEWER_SYNTAX {
        for directory in SOURCES {
            for file in sources::rust_files(&root.join(directory))? {
                let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
                let found = newer_syntax(&sources::parse(&file)?);
                problems.extend(found.into_iter().map(|what| format!("{shown}: {what}")));
            }
        }
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    ensure!(problems.is_empty(), "newer than rust-version: {}", problems.len());
    Ok(())
}

pub(crate) fn metadata(root: &Path) -> Result<Value> {
    let mut metadata =
        cargo(root, &["metadata", "--all-features", "--locked", "--format-version", "1"]);
    let output = metadata.output().context("cannot start cargo metadata")?;
    check(&metadata, output.status)?;
    serde_json::from_slice(&output.stdout).context("cargo metadata gave no JSON")
}

/// The lowest `rust-version` of `packages`.
fn of_packages(metadata: &Value, packages: &[&str]) -> Result<Version> {
    let is_ours =
        |package: &&Value| text(package, "name").is_some_and(|name| packages.contains(&name));
    let ours = list(metadata.get("packages")).filter(is_ours);
    ours.filter_map(rust_version)
        .min()
        .with_context(|| format!("no rust-version in {packages:?}"))
}

/// A problem for each dependency of `packages`, on any platform, that requires a newer Rust than `ours`.
fn dependencies(metadata: &Value, packages: &[&str], ours: Version) -> Result<Vec<String>> {
    let resolve = metadata.get("resolve").context("cargo metadata resolved nothing")?;
    let by_id: BTreeMap<&str, &Value> = list(metadata.get("packages"))
        .filter_map(|package| Some((text(package, "id")?, package)))
        .collect();
    let edges: BTreeMap<&str, Vec<&str>> = list(resolve.get("nodes"))
        .filter_map(|node| {
            let to = list(node.get("dependencies")).filter_map(Value::as_str).collect();
            Some((text(node, "id")?, to))
        })
        .collect();
    let name = |id: &str| text(by_id.get(id)?, "name");
    let is_ours = |id: &&str| name(id).is_some_and(|name| packages.contains(&name));

    let mut next: Vec<&str> = by_id.keys().copied().filter(is_ours).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            next.extend(edges.get(id).into_iter().flatten());
        }
    }
    seen.retain(|id| !is_ours(id));

    let required: Vec<(Version, &str)> =
        seen.iter().filter_map(|id| Some((rust_version(by_id.get(id)?)?, name(id)?))).collect();
    if let Some((highest, name)) = required.iter().max() {
        println!(
            "rust-version {ours}: the highest of {} dependencies is {highest} ({name}); {} declare none",
            seen.len(),
            seen.len() - required.len(),
        );
    }
    let newer = required.into_iter().filter(|(version, _)| *version > ours);
    Ok(newer.map(|(version, name)| format!("{name} requires Rust {version}")).collect())
}

/// Major, minor and patch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Version([u32; 3]);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl Version {
    /// Parts that are left out count as 0.
    fn parse(text: &str) -> Option<Self> {
        let mut version = Self::default();
        let mut parts = text.split('.');
        for part in &mut version.0 {
            *part = parts.next().map_or(Ok(0), str::parse).ok()?;
        }
        parts.next().is_none().then_some(version)
    }
}

fn rust_version(package: &Value) -> Option<Version> {
    Version::parse(text(package, "rust_version")?)
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// The syntax of Rust 1.91 to 1.95 that safe code can use.
fn newer_syntax(file: &syn::File) -> Vec<&'static str> {
    struct Newer(Vec<&'static str>);

    impl<'ast> Visit<'ast> for Newer {
        fn visit_arm(&mut self, arm: &'ast syn::Arm) {
            if arm.guard.as_ref().is_some_and(|(_, guard)| has_let(guard)) {
                self.0.push("an `if let` guard needs Rust 1.95");
            }
            visit::visit_arm(self, arm);
        }

        fn visit_macro(&mut self, call: &'ast syn::Macro) {
            if call.path.segments.last().is_some_and(|name| name.ident == "cfg_select") {
                self.0.push("`cfg_select!` needs Rust 1.95");
            }
            visit::visit_macro(self, call);
        }
    }

    let mut newer = Newer(Vec::new());
    newer.visit_file(file);
    newer.0
}

/// Whether a guard is a `let`, or a chain with one.
fn has_let(guard: &syn::Expr) -> bool {
    match guard {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(both) => has_let(&both.left) || has_let(&both.right),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, rust_version: &str) -> Value {
        serde_json::json!({ "id": name, "name": name, "rust_version": rust_version })
    }

    #[test]
    fn an_indirect_dependency_that_requires_a_newer_rust_is_found() {
        let metadata = serde_json::json!({
            "packages": [
                package("ours", "1.90"), package("far", "1.90.1"), package("near", "1.85"),
                package("other", "1.95"),
            ],
            "resolve": { "nodes": [
                { "id": "ours", "dependencies": ["near"] },
                { "id": "near", "dependencies": ["far"] },
            ] },
        });
        let ours = of_packages(&metadata, &["ours"]).unwrap();
        let problems = dependencies(&metadata, &["ours"], ours).unwrap();
        assert_eq!(problems, ["far requires Rust 1.90.1"]);
        assert!(of_packages(&metadata, &["missing"]).is_err());
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("1.9") < version("1.90"));
        assert_eq!(version("1.90"), version("1.90.0"));
        assert_eq!(Version::parse("1.90.0.0"), None);
        assert_eq!(Version::parse("stable"), None);
    }

    #[test]
    fn newer_syntax_is_found_and_older_is_not() {
        let found = |text| newer_syntax(&syn::parse_str(text).unwrap()).len();
        assert_eq!(found("fn f() { match x { Some(y) if let Some(z) = y => {} _ => {} } }"), 1);
        assert_eq!(
            found("fn f() { match x { Some(y) if y && let Some(z) = y => {} _ => {} } }"),
            1
        );
        assert_eq!(found("std::cfg_select! { unix => { mod a; } }"), 1);
        assert_eq!(found("fn f() { if let Some(x) = y && x { match x { _ if x => {} } } }"), 0);
    }
}
