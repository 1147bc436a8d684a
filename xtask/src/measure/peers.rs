//! `cargo xtask peers`: compares this crate with the official SDKs, on one scripted runtime.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::runtimes::{npm, pins};
use crate::steps::{cargo, must_succeed, step};

const PACKAGE: &str = "peer-bench";
const SDK: &str = "@github/copilot-sdk";

/// Builds and runs the comparison. Writes `target/peers.md` and `target/peers-ratios.txt`.
pub(crate) fn run(root: &Path, flags: &[&str]) -> Result<()> {
    let target = root.join("target");
    fs::create_dir_all(&target)
        .with_context(|| format!("cannot create {}", target.display()))?;
    step("build", || {
        must_succeed(&mut cargo(
            root,
            &["build", "--release", "--locked", "--package", PACKAGE, "--bins"],
        ))
    })?;
    let node = step("official Node SDK", || {
        // Without it the comparison goes on, and the table gives the reason.
        Ok(node_sdk(root, &target).map_err(|error| format!("{error:#}")))
    })?;
    step("comparison", || {
        let mut compare =
            cargo(root, &["run", "--release", "--locked", "--quiet", "--package", PACKAGE]);
        compare.args(["--bin", PACKAGE, "--", "--table"]).arg(target.join("peers.md"));
        compare.arg("--ratios").arg(target.join("peers-ratios.txt"));
        match node {
            Ok(directory) => compare.arg("--node").arg(directory),
            Err(why) => compare.args(["--no-node", &why]),
        };
        must_succeed(compare.args(flags))
    })
}

/// The directory with the Node SDK and the program that uses it.
fn node_sdk(root: &Path, target: &Path) -> Result<PathBuf> {
    let home = target.join("peers-node");
    fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    let manifest = home.join("node_modules").join(SDK).join("package.json");
    let version = pins::RUNTIME_PACKAGE_VERSION;
    let wanted = format!("\"version\": \"{version}\"");
    if !fs::read_to_string(manifest).is_ok_and(|manifest| manifest.contains(&wanted)) {
        npm::install_without_optional(SDK, version, &home)?;
    }
    // Node looks for the SDK in the directory of the program.
    let program = root.join("benches/peers/node/client.mjs");
    fs::copy(&program, home.join("client.mjs"))
        .with_context(|| format!("cannot copy {}", program.display()))?;
    Ok(home)
}
