//! `cargo xtask minimal-versions`: builds with the lowest versions of the dependencies that `Cargo.toml` allows.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::copy::copy_to;
use crate::steps::{cargo, must_succeed, step};

/// The published members; the dependencies of the others would only raise the versions.
const MEMBERS: &str = r#"members = ["crates/parent-death"]"#;

/// Resolves direct dependencies to their lowest versions, in a copy of the repository, and checks all targets.
pub(crate) fn run(root: &Path) -> Result<()> {
    let target = root.join("target/minimal-versions");
    let copy = target.join("copy");
    step("lowest versions", || {
        if copy.exists() {
            fs::remove_dir_all(&copy)?;
        }
        copy_to(root, &copy)?;
        let manifest = copy.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)?;
        fs::write(&manifest, published_only(&text)?)?;
        fs::remove_file(copy.join("Cargo.lock")).context("no Cargo.lock")?;
        // The option needs nightly, or `RUSTC_BOOTSTRAP`.
        let mut update = cargo(&copy, &["update", "-Z", "direct-minimal-versions"]);
        must_succeed(update.env("RUSTC_BOOTSTRAP", "1"))
    })?;
    step("all targets", || {
        let arguments = ["check", "--all-features", "--all-targets", "--locked", "--workspace"];
        must_succeed(cargo(&copy, &arguments).arg("--target-dir").arg(&target))
    })
}

/// The manifest with [`MEMBERS`] instead of its members.
fn published_only(manifest: &str) -> Result<String> {
    let mut lines: Vec<&str> = manifest.lines().collect();
    let members =
        lines.iter_mut().find(|line| line.starts_with("members = [") && line.ends_with(']'));
    *members.context("Cargo.toml has no line `members = […]`")? = MEMBERS;
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpublished_members_are_removed() {
        let manifest =
            "[workspace]\nmembers = [\"crates/parent-death\", \"xtask\"]\n\n[package]\n";
        let published = published_only(manifest).unwrap();
        assert_eq!(published, "[workspace]\nmembers = [\"crates/parent-death\"]\n\n[package]");
        assert!(published_only("[workspace]\n").is_err());
    }
}
