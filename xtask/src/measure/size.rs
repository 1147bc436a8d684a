//! `cargo xtask size`: by how much this crate makes a program larger, for different amounts of its types.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::steps::{cargo, must_succeed, step};

const PACKAGE: &str = "peer-bench";

/// Builds small programs and prints their stripped sizes and the ratios.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut sizes = BTreeMap::new();
    step("programs", || {
        for bin in ["turn", "kind", "kinds", "official"] {
            sizes.insert(bin, size(root, bin, &[])?);
        }
        // `turn_methods` is the first program again, with a feature that it does not use.
        for (name, bin) in [("turn_methods", "turn"), ("methods", "methods")] {
            sizes.insert(name, size(root, bin, &["--features", "methods"])?);
        }
        Ok(())
    })?;
    for (name, size) in &sizes {
        println!("size {name} {size} bytes");
    }
    for (name, of, against) in [
        ("size_feature_methods_unused", "turn_methods", "turn"),
        ("size_three_methods", "methods", "turn"),
        ("size_one_kind", "kind", "turn"),
        ("size_all_kinds", "kinds", "turn"),
        ("size_turn_over_official", "turn", "official"),
        ("size_all_kinds_over_official", "kinds", "official"),
    ] {
        let size = |name| sizes.get(name).copied().context("a program of that name");
        println!("ratio {name} {:.3}", size(of)? / size(against)?);
    }
    Ok(())
}

/// The size of a stripped program in bytes.
fn size(root: &Path, program: &str, features: &[&str]) -> Result<f64> {
    let target = root.join("target/size");
    let name = format!("size-{program}");
    let mut cargo = cargo(root, &["build", "--release", "--quiet", "--locked"]);
    cargo.args(["--package", PACKAGE, "--bin", &name]).args(features);
    cargo.env("CARGO_PROFILE_RELEASE_STRIP", "true").arg("--target-dir").arg(&target);
    must_succeed(&mut cargo)?;
    let file = target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let file = fs::metadata(&file).with_context(|| format!("no {}", file.display()))?;
    #[expect(clippy::cast_precision_loss, reason = "far less than 2^52")]
    Ok(file.len() as f64)
}
