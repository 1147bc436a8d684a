//! `cargo xtask loom`: runs the loom models of the event log under every schedule.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{steps, tally};

/// Turns the build into one of loom models; the sources say why the cfg is not `loom`.
const CFG: &str = "--cfg copilot_loom";

/// Runs the models. Each prints a line `schedules NAME COUNT`.
pub(crate) fn run(root: &Path) -> Result<()> {
    let totals = tally::run(&mut models(root, std::env::var_os("RUSTFLAGS")))?;
    println!("\nmodels: {totals}");
    Ok(())
}

/// The build has its own target directory: the flags would make cargo rebuild everything in the shared one.
fn models(root: &Path, flags: Option<OsString>) -> Command {
    let mut flags = flags.unwrap_or_default();
    flags.push(" ");
    flags.push(CFG);
    let arguments =
        ["test", "--lib", "--locked", "--profile", "loom", "--target-dir", "target/loom"];
    let mut command = steps::cargo(root, &arguments);
    // One model at a time, so that a line of output belongs to one model.
    command.args(["events::log::loom::", "--", "--nocapture", "--test-threads", "1"]);
    command.env("RUSTFLAGS", flags);
    command
}
