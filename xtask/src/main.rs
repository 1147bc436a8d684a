//! The command line of `cargo xtask`: the project's own commands, which `cargo xtask help` lists.

mod check;
mod codegen;
mod copy;
mod examples;
mod fuzz;
mod layers;
mod loom;
mod measure;
mod minimal_versions;
mod msrv;
mod mutants;
mod package;
mod runtimes;
mod schemas;
mod sources;
mod steps;
mod tally;
mod watchdog;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use self::measure::{bench, compile, peers, profile, size};
use self::runtimes::{pins, setup};

const HELP: &str = "\
The project's own commands.

usage: cargo xtask <command>

  setup [--newest-cli] [--print]
      Downloads the pinned versions of the runtime and the CLI into target/runtimes, with npm.
      Does nothing if they are there already. With --newest-cli, takes the newest CLI that npm has.
      With --print, standard output has two lines NAME=PATH for use as environment variables.

  quickstart
      Runs the example `quickstart` on the real runtime: on the one that COPILOT_CLI_PATH names,
      or else on the one that setup downloads. If that fails, runs it on the scripted agent.

  test [--quick]
      Everything that must hold before a change is merged: setup, formatting, layers, generated code,
      lints with and without features, documentation, examples, tests. Stops at the first that fails.
      With --quick, skips what needs the real runtime: no download, no test target `runtime`.

  bench [--quick]
      Setup, then the crate's benchmarks; writes their ratios to target/ratios.txt and target/ratios.md.
      With --quick, skips what needs the real runtime: no download, no benchmark `latency`.

  profile
      Counts instructions and allocations per event, for each part of the library, and lists the functions
      with the most instructions. Needs valgrind. The load of the machine hardly changes the counts.

  compile [--quick]
      Measures how long `cargo check` takes for this crate, with and without its generated methods, from
      scratch and again after a change, and for the published official crate. Takes ten minutes and needs
      an otherwise idle machine. With --quick, measures everything only once.

  size
      Measures the size of a program that uses this crate, with more or fewer of its types, and compares
      it with one that uses the official crate. Takes minutes.

  codegen [--check]
      Generates the typed payloads of events and the typed methods from the schemas in schemas. With
      --check, writes nothing and fails if a generated file is out of date.

  schemas <version>
      Replaces the schemas in schemas by those of another version of the runtime's npm package.

  schema-diff <old> <new>
      Lists the differences between two sets of schemas, each a directory or a version of the runtime's
      npm package.

  peers [--quick] [--only MEASURES]
      Compares this crate with the official Rust and Node SDKs, on one scripted runtime; builds the Rust
      SDK and downloads the Node SDK. Writes target/peers.md and target/peers-ratios.txt. Takes minutes
      and needs an otherwise idle machine. With --quick, measures everything only once; with --only,
      only measures whose names begin so, such as turns_1.

  layers [--report [DIRECTORY]]
      Checks that imports point one way, that no files and no rooms import one another in a circle, that
      imports are written in one dialect, and that no hand-written file is too long. With --report, prints
      files, lines, arrows and circles of every room instead, here or in another checkout.

  mutants [--shard K/N | --file PATTERN] [--list]
      Changes the event log and the sessions in small ways, one at a time, and fails if no test notices.
      Takes half an hour for all changes, and minutes for one shard of many or for the files that a pattern
      such as 'src/events/log/*.rs' matches. Needs cargo-mutants. With --list, only names the changes.

  package [--test]
      Makes the packages of both crates and fails on a missing licence or file. Unpacks them outside of the
      workspace, and checks all targets and the documentation there. With --test, runs the tests there too.

  minimal-versions
      Checks all targets with the lowest versions of the dependencies that Cargo.toml allows, in a copy.

  loom
      Runs the loom models of the event log under every schedule and prints the number of schedules.
      LOOM_MAX_PREEMPTIONS sets how often a thread is interrupted in one schedule.

  fuzz [SECONDS]
      Fuzzes the scanner (compared with serde) and the framing, guided by coverage, for 60 seconds each or
      for SECONDS. Needs nightly and cargo-fuzz.

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
        ["mutants", flags @ ..] => run_mutants(&root, flags),
        ["package"] => package::run(&root, package::Tests::Check),
        ["package", "--test"] => package::run(&root, package::Tests::Run),
        ["minimal-versions"] => minimal_versions::run(&root),
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
        [] | ["--quick"] | ["--only", _] | ["--quick", "--only", _] => peers::run(root, flags),
        _ => bail!("peers has no option {}\n\n{HELP}", flags.join(" ")),
    }
}

fn run_mutants(root: &Path, flags: &[&str]) -> Result<()> {
    let list = flags.contains(&"--list");
    let others: Vec<_> = flags.iter().copied().filter(|flag| *flag != "--list").collect();
    let selection = match *others {
        [] => mutants::Selection::All,
        ["--shard", shard] => mutants::Selection::Shard(shard),
        ["--file", pattern] => mutants::Selection::Files(pattern),
        _ => bail!("mutants has no option {}\n\n{HELP}", flags.join(" ")),
    };
    if list { mutants::names(root, selection) } else { mutants::run(root, selection) }
}

/// The root of the repository.
fn root() -> PathBuf {
    // Cargo sets the variable for `cargo xtask`; the other is for running the binary by hand.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
}
