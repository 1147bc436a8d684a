//! The directory of schemas in the repository: names, pinned version, reading.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::schemas::json::Node;

/// The directory in the repository.
pub(crate) const HOME: &str = "schemas";
pub(crate) const EVENTS: &str = "session-events.schema.json";
pub(crate) const METHODS: &str = "api.schema.json";
/// The file that holds the version of the schemas.
pub(crate) const VERSION: &str = "VERSION";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtimes::pins;

    #[test]
    fn the_schemas_are_those_of_the_pinned_runtime() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        assert_eq!(pinned(&root).unwrap(), pins::RUNTIME_PACKAGE_VERSION);
    }
}
