//! `cargo xtask schemas`: replaces the schemas by those of another version of the runtime's package.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::runtimes::{npm, platform};
use crate::schemas::store::{EVENTS, HOME, METHODS, VERSION};

/// Replaces the schemas in the repository by those of `version` of the runtime's package.
pub(crate) fn fetch(root: &Path, version: &str) -> Result<()> {
    let scratch = root.join("target").join("schemas");
    let _ = fs::remove_dir_all(&scratch);
    unpack(version, &scratch)?;
    let home = root.join(HOME);
    fs::create_dir_all(&home).context("cannot create the directory of the schemas")?;
    for name in [EVENTS, METHODS] {
        fs::copy(scratch.join(name), home.join(name))
            .with_context(|| format!("cannot copy {name}"))?;
    }
    fs::write(home.join(VERSION), format!("{version}\n"))
        .context("cannot write the version")?;
    println!("schemas: version {version}; now run `cargo xtask codegen`");
    Ok(())
}

/// Downloads `version` of the runtime's package with npm and puts its schemas into the new directory `target`.
pub(crate) fn unpack(version: &str, target: &Path) -> Result<()> {
    let package = format!("@github/copilot-sdk-{}", platform::name()?);
    let scratch = target.join("package");
    fs::create_dir_all(&scratch)
        .with_context(|| format!("cannot create {}", scratch.display()))?;
    let unpacked = npm::install(&package, version, &scratch)?.join("schemas");
    for name in [EVENTS, METHODS] {
        let from = unpacked.join(name);
        ensure!(from.is_file(), "{package} {version} has no file schemas/{name}");
        fs::copy(&from, target.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    fs::remove_dir_all(&scratch).context("cannot remove the package")
}
