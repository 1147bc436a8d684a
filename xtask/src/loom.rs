//! `cargo xtask loom`: the models of the event log, under every schedule.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{steps, tally};

/// What makes the build a build of models; the sources tell why it is not `loom`.
const CFG: &str = "--cfg copilot_loom";

/// Runs the models, which print a line `schedules NAME COUNT` each.
pub(crate) fn run(root: &Path) -> Result<()> {
    let totals = tally::run(&mut models(root, std::env::var_os("RUSTFLAGS")))?;
    println!("\nmodels: {totals}");
    Ok(())
}

/// The build has a directory of its own, since other flags make everything be built anew.
fn models(root: &Path, flags: Option<OsString>) -> Command {
    let mut flags = flags.unwrap_or_default();
    flags.push(" ");
    flags.push(CFG);
    let arguments =
        ["test", "--lib", "--locked", "--profile", "loom", "--target-dir", "target/loom"];
    let mut command = steps::cargo(root, &arguments);
    // One after the other, so that a line of output belongs to one model.
    command.args(["events::log::loom::", "--", "--nocapture", "--test-threads", "1"]);
    command.env("RUSTFLAGS", flags);
    command
}
