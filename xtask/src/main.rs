//! The command line of `cargo xtask`: the project's own commands, which `cargo xtask help` lists.

mod check;
mod codegen;
mod examples;
mod fuzz;
mod layers;
mod loom;
mod measure;
mod runtimes;
mod schemas;
mod steps;
mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::measure::{bench, compile, peers, profile, size};
use crate::runtimes::{pins, setup};

const HELP: &str = "\
The project's own commands.

usage: cargo xtask <command>

  setup [--newest-cli] [--print]
      Fetches the runtime and the CLI at their pinned versions into target/runtimes, with npm.
      Does nothing when they are there. With --newest-cli, takes the newest CLI that npm knows.
      With --print, standard output has two lines NAME=PATH for use as environment variables.

  quickstart
      Runs the example `quickstart` on the real runtime: on the one that COPILOT_CLI_PATH names,
      or else on the one that setup fetches, or else, when that fails, on the scripted agent.

  test [--quick]
      Everything that must hold before a change is merged: setup, formatting, layers, generated code,
      lints with and without features, documentation, examples, tests. Stops at the first that fails.
      With --quick, leaves out what needs the real runtime: no download, no test target `runtime`.

  bench [--quick]
      Setup, then the crate's benches; writes their ratios to target/ratios.txt and target/ratios.md.
      With --quick, leaves out what needs the real runtime: no download, no bench `latency`.

  profile
      Counts an event's instructions and allocations on its way, part by part, and lists the functions
      that they are spent in. Needs valgrind; what else the machine does changes next to nothing.

  compile [--quick]
      Measures how long checking this crate takes, with and without its generated methods, from nothing
      and again after a change, beside the published official crate. Takes ten minutes, and wants the
      machine to itself. With --quick, measures everything once only.

  size
      Measures how large a program becomes with this crate, and with more or less of its types used,
      beside one with the official crate. Takes minutes.

  codegen [--check]
      Writes the typed payloads in src/events/kinds/generated from the schema in schemas. With --check,
      writes nothing and fails if they are not what would be written.

  schemas <version>
      Replaces the schemas in schemas by those of a version of the runtime's npm package.

  schema-diff <old> <new>
      Says in words what changed between two sets of schemas, each a directory or a version of the
      runtime's npm package.

  peers [--quick]
      Measures this crate beside the official Rust and Node SDKs, on one scripted runtime; builds the
      one and fetches the other. Writes target/peers.md and target/peers-ratios.txt. Takes minutes,
      and wants the machine to itself. With --quick, measures everything once only.

  layers [--report [DIRECTORY]]
      Checks that imports point one way, that no files and no rooms import one another in a circle, that
      imports are written in one dialect, and that no hand-written file is too long. With --report, prints
      files, lines, arrows and circles of every room instead, here or in another checkout.

  loom
      Runs the models of the event log under every schedule and prints how many there were.
      LOOM_MAX_PREEMPTIONS sets how often a thread is interrupted in one schedule.

  fuzz [SECONDS]
      Tries inputs on the scanner (against serde) and on the framing, guided by coverage, 60 seconds each
      unless told otherwise. Needs nightly and cargo-fuzz.

  help
      Prints this text.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    let root = root();
    match arguments {
        ["setup", flags @ ..] => run_setup(&root, flags),
        ["quickstart"] => examples::run(&root),
        ["test"] => check::run(&root, check::Extent::Full),
        ["test", "--quick"] => check::run(&root, check::Extent::Quick),
        ["bench"] => bench::run(&root, check::Extent::Full),
        ["bench", "--quick"] => bench::run(&root, check::Extent::Quick),
        ["profile"] => profile::run(&root),
        ["compile"] => compile::run(&root, compile::REPETITIONS),
        ["compile", "--quick"] => compile::run(&root, 1),
        ["size"] => size::run(&root),
        ["peers", flags @ ..] => run_peers(&root, flags),
        ["layers"] => layers::run(&root),
        ["layers", "--report"] => layers::report(&root),
        ["layers", "--report", directory] => layers::report(Path::new(directory)),
        ["loom"] => loom::run(&root),
        ["fuzz"] => fuzz::run(&root, None),
        ["fuzz", seconds] => fuzz::run(&root, Some(seconds)),
        ["codegen"] => codegen::run(&root, codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(&root, codegen::Mode::Check),
        ["schema-diff", old, new] => schemas::diff::run(&root, old, new),
        ["schemas", version] => schemas::fetch(&root, version),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => bail!("no such command or option: {}\n\n{HELP}", arguments.join(" ")),
    }
}

fn run_setup(root: &Path, flags: &[&str]) -> Result<()> {
    let mut cli = setup::Cli::Pinned;
    let mut variables = false;
    for flag in flags {
        match *flag {
            "--newest-cli" => cli = setup::Cli::Newest,
            "--print" => variables = true,
            other => bail!("setup has no option {other}\n\n{HELP}"),
        }
    }
    let runtimes = setup::ensure(root, cli)?;
    if variables {
        for (name, path) in runtimes.variables() {
            println!("{name}={}", path.display());
        }
    } else {
        println!("runtime {}: {}", pins::RUNTIME_VERSION, runtimes.runtime.display());
        println!("CLI {}: {}", runtimes.cli_version, runtimes.cli.display());
    }
    Ok(())
}

fn run_peers(root: &Path, flags: &[&str]) -> Result<()> {
    match flags {
        [] | ["--quick"] => peers::run(root, flags),
        _ => bail!("peers has no option {}\n\n{HELP}", flags.join(" ")),
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    // Cargo sets the variable for `cargo xtask`; the other is for running the binary by hand.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
}
