//! Runs the examples, on the real runtime where there is one; `cargo xtask quickstart` runs the first.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::runtimes::setup;
use crate::runtimes::setup::Cli;
use crate::steps::{cargo, must_succeed};

/// The environment variable that names the runtime to launch; the user's own setting wins.
const PATH_VARIABLE: &str = "COPILOT_CLI_PATH";
/// The environment variable that makes an example use the scripted agent.
const SCRIPTED_VARIABLE: &str = "COPILOT_SESSIONS_SCRIPTED";

const QUICKSTART: &str = "quickstart";
/// The examples that also run on the scripted agent.
const ANYWHERE: [&str; 3] = [QUICKSTART, "compose", "session_events"];
/// The examples that need a real runtime.
const ON_RUNTIME: [&str; 3] = ["resume", "tools", "typed_rpc"];

/// Runs the first example on the user's runtime, else on the fetched one, else on the scripted agent.
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

/// Runs the examples on the runtime at `path`. Only `extension_join` is left out: a runtime must start it, and a test
/// does that.
pub(crate) fn on_runtime(root: &Path, path: &Path) -> Result<()> {
    for name in ANYWHERE.into_iter().chain(ON_RUNTIME) {
        must_succeed(example(root, name).env(PATH_VARIABLE, path))?;
    }
    Ok(())
}

/// Runs the examples that do not need a real runtime, on the scripted agent.
pub(crate) fn on_script(root: &Path) -> Result<()> {
    for name in ANYWHERE {
        must_succeed(example(root, name).env(SCRIPTED_VARIABLE, "1"))?;
    }
    Ok(())
}

fn example(root: &Path, name: &str) -> Command {
    cargo(root, &["run", "--quiet", "--all-features", "--example", name])
}
