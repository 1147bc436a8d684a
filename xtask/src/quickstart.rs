//! `cargo xtask quickstart`: the first example, on the best runtime that can be had.

use std::path::Path;

use anyhow::Result;

use crate::setup::{self, Cli};
use crate::steps::{cargo, must_succeed};

/// Names the runtime to launch; the user's own setting wins.
const PATH_VARIABLE: &str = "COPILOT_CLI_PATH";
/// Tells the example to run on the scripted agent.
const SCRIPTED_VARIABLE: &str = "COPILOT_SESSIONS_SCRIPTED";

/// Runs the example on the user's runtime, or the fetched one, or the scripted agent.
pub(crate) fn run(root: &Path) -> Result<()> {
    if std::env::var_os(PATH_VARIABLE).is_some_and(|path| !path.is_empty()) {
        return must_succeed(&mut example(root));
    }
    match setup::ensure(root, Cli::Pinned) {
        Ok(runtimes) => on_runtime(root, &runtimes.runtime),
        Err(error) => {
            eprintln!(
                "quickstart: on the scripted agent, as there is no real runtime: {error:#}"
            );
            on_script(root)
        }
    }
}

/// Runs the example on the runtime at `path`.
pub(crate) fn on_runtime(root: &Path, path: &Path) -> Result<()> {
    must_succeed(example(root).env(PATH_VARIABLE, path))
}

/// Runs the example on the scripted agent.
pub(crate) fn on_script(root: &Path) -> Result<()> {
    must_succeed(example(root).env(SCRIPTED_VARIABLE, "1"))
}

fn example(root: &Path) -> std::process::Command {
    cargo(root, &["run", "--quiet", "--features", "testing", "--example", "quickstart"])
}
