//! Hand-written files that have grown too long.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::layers::graph::GENERATED;
use crate::sources::rust_files;

/// A file that is longer does more than one job.
const MAX_LINES: usize = 400;
/// Where sources are.
const SOURCES: [&str; 7] =
    ["src", "crates", "tests", "examples", "benches", "fuzz", "xtask/src"];

/// One line for each file below `root` that is too long.
pub(super) fn too_long(root: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for directory in SOURCES {
        for file in rust_files(&root.join(directory))? {
            let within = file.strip_prefix(root).unwrap_or(&file);
            if is_generated(within) {
                continue;
            }
            let text = fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            problems.extend(problem(within, text.lines().count()));
        }
    }
    Ok(problems)
}

fn problem(file: &Path, lines: usize) -> Option<String> {
    (lines > MAX_LINES).then(|| {
        format!(
            "{}: {lines} lines, {MAX_LINES} are the most; split it by behaviour",
            file.display()
        )
    })
}

/// Whether a program writes the file.
pub(super) fn is_generated(file: &Path) -> bool {
    file.iter().any(|part| part == GENERATED || part == "target")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_over_the_limit_are_problems() {
        let file = Path::new("src/rpc/peer.rs");
        assert!(problem(file, MAX_LINES).is_none());
        assert!(problem(file, MAX_LINES + 1).unwrap().contains("src/rpc/peer.rs: 401 lines"));
    }

    #[test]
    fn generated_files_may_be_long() {
        assert!(is_generated(Path::new("src/events/kinds/generated/assistant.rs")));
        assert!(!is_generated(Path::new("src/events/kinds/mod.rs")));
    }
}
