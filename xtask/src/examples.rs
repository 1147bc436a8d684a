//! The examples, on the best runtime that can be had; `cargo xtask quickstart` is the first.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::setup::{self, Cli};
use crate::steps::{cargo, must_succeed};

/// Names the runtime to launch; the user's own setting wins.
const PATH_VARIABLE: &str = "COPILOT_CLI_PATH";
/// Tells an example to run on the scripted agent.
const SCRIPTED_VARIABLE: &str = "COPILOT_SESSIONS_SCRIPTED";

const QUICKSTART: &str = "quickstart";
/// Those that run on the scripted agent too.
const ANYWHERE: [&str; 3] = [QUICKSTART, "compose", "session_events"];
/// Those that need a real runtime.
const ON_RUNTIME: [&str; 2] = ["resume", "typed_rpc"];

/// Runs the first example on the user's runtime, or the fetched one, or the scripted agent.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut quickstart = example(root, QUICKSTART);
    if std::env::var_os(PATH_VARIABLE).is_some_and(|path| !path.is_empty()) {
        return must_succeed(&mut quickstart);
    }
    match setup::ensure(root, Cli::Pinned) {
        Ok(runtimes) => must_succeed(quickstart.env(PATH_VARIABLE, runtimes.runtime)),
        Err(error) => {
            eprintln!(
                "quickstart: on the scripted agent, as there is no real runtime: {error:#}"
            );
            must_succeed(quickstart.env(SCRIPTED_VARIABLE, "1"))
        }
    }
}

/// Runs all examples on the runtime at `path`; `extension_join` alone is left out, which a
/// runtime has to start: the tests have one do so.
pub(crate) fn on_runtime(root: &Path, path: &Path) -> Result<()> {
    for name in ANYWHERE.into_iter().chain(ON_RUNTIME) {
        must_succeed(example(root, name).env(PATH_VARIABLE, path))?;
    }
    Ok(())
}

/// Runs the examples that can be run so on the scripted agent.
pub(crate) fn on_script(root: &Path) -> Result<()> {
    for name in ANYWHERE {
        must_succeed(example(root, name).env(SCRIPTED_VARIABLE, "1"))?;
    }
    Ok(())
}

fn example(root: &Path, name: &str) -> Command {
    cargo(root, &["run", "--quiet", "--all-features", "--example", name])
}
