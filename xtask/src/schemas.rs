//! `cargo xtask schemas`: the JSON schemas of the runtime, as the repository keeps them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::codegen::json::Node;
use crate::{npm, platform};

/// Where they lie in the repository.
pub(crate) const HOME: &str = "schemas";
pub(crate) const EVENTS: &str = "session-events.schema.json";
pub(crate) const METHODS: &str = "api.schema.json";
/// Says of which version they are.
const VERSION: &str = "VERSION";

/// Replaces the schemas by those of `version` of the runtime's package.
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

/// The version of the schemas in the repository.
pub(crate) fn pinned(root: &Path) -> Result<String> {
    let path = root.join(HOME).join(VERSION);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.trim().to_owned())
}

/// The schema `name` in `directory`.
pub(crate) fn read(directory: &Path, name: &str) -> Result<Node> {
    let path = directory.join(name);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Node::parse(&text).with_context(|| format!("{} is no JSON", path.display()))
}

/// Fetches `version` of the runtime's package with npm and puts its schemas into the new directory `target`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins;

    #[test]
    fn the_schemas_are_those_of_the_pinned_runtime() {
        assert_eq!(pinned(&crate::root()).unwrap(), pins::RUNTIME_PACKAGE_VERSION);
    }
}
