//! `cargo xtask compile`: how long `cargo check` takes for this crate, with and without its generated methods, and for
//! the published official crate.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::copy::copy_to;
use crate::steps::{cargo, check, must_succeed, step};

const OURS: &str = "copilot-sessions";
const OFFICIAL: &str = "github-copilot-sdk";
/// A file that is changed before the crate is checked again.
const CHANGED: &str = "src/session/states/active.rs";
/// How often each candidate is measured.
pub(crate) const REPETITIONS: usize = 3;

/// A package to check whose dependencies are built already.
struct Candidate {
    name: &'static str,
    package: &'static str,
    features: &'static [&'static str],
    incremental: bool,
}

const CANDIDATES: [Candidate; 5] = [
    Candidate { name: "bare", package: OURS, features: &BARE, incremental: false },
    Candidate { name: "methods", package: OURS, features: &METHODS, incremental: false },
    Candidate { name: "official", package: OFFICIAL, features: &[], incremental: false },
    Candidate { name: "bare_again", package: OURS, features: &BARE, incremental: true },
    Candidate { name: "methods_again", package: OURS, features: &METHODS, incremental: true },
];
const BARE: [&str; 1] = ["--no-default-features"];
const METHODS: [&str; 3] = ["--no-default-features", "--features", "methods"];

/// Checks the candidates in turn, `repetitions` times, in a copy of the repository. Prints the median time of each and
/// the ratios.
pub(crate) fn run(root: &Path, repetitions: usize) -> Result<()> {
    let mut times: Vec<Vec<Duration>> = CANDIDATES.iter().map(|_| Vec::new()).collect();
    let copy = root.join("target/compile-copy");
    copy_to(root, &copy)?;
    let root = copy.as_path();
    step("dependencies", || CANDIDATES.iter().try_for_each(|one| one.check(root)))?;
    step("measurement", || {
        for _ in 0..repetitions {
            for (candidate, times) in CANDIDATES.iter().zip(&mut times) {
                times.push(candidate.measure(root)?);
            }
        }
        Ok(())
    })?;
    let mut median = |name: &str| {
        let of_name = CANDIDATES.iter().zip(&mut times).find(|(one, _)| one.name == name);
        let (_, times) = of_name.context("a candidate of that name")?;
        times.sort();
        let seconds = times.get(times.len() / 2).map(Duration::as_secs_f64);
        seconds.with_context(|| format!("{name} was not measured"))
    };
    for candidate in &CANDIDATES {
        println!("time check_{} {:.2} s", candidate.name, median(candidate.name)?);
    }
    for (name, candidate, floor) in [
        ("check_clean_methods_over_bare", "methods", "bare"),
        ("check_clean_bare_over_official", "bare", "official"),
        ("check_clean_methods_over_official", "methods", "official"),
        ("check_again_methods_over_bare", "methods_again", "bare_again"),
    ] {
        println!("ratio {name} {:.3}", median(candidate)? / median(floor)?);
    }
    Ok(())
}

impl Candidate {
    /// Checks the package alone once more; its dependencies are built.
    fn measure(&self, root: &Path) -> Result<Duration> {
        if self.incremental {
            let mut file = fs::File::options().append(true).open(root.join(CHANGED))?;
            let end = file.metadata()?.len();
            writeln!(file, "\n#[allow(dead_code)]\nfn at_{end}() -> u64 {{\n    {end}\n}}")?;
        } else {
            let mut clean = self.cargo(root, &["clean", "--quiet", "--package", self.package]);
            must_succeed(&mut clean)?;
        }
        let begin = Instant::now();
        self.check(root)?;
        Ok(begin.elapsed())
    }

    fn check(&self, root: &Path) -> Result<()> {
        let arguments = ["check", "--quiet", "--locked", "--package", self.package];
        let mut command = self.cargo(root, &arguments);
        command.args(self.features).stdout(Stdio::null());
        if self.package == OURS {
            command.arg("--lib");
        }
        let status = command.status().context("cannot start cargo")?;
        check(&command, status)
    }

    /// A cargo command with a target directory that nothing else uses.
    fn cargo(&self, root: &Path, arguments: &[&str]) -> Command {
        let mut command = cargo(root, arguments);
        let target = if self.incremental { "target/incremental" } else { "target/clean" };
        command.arg("--target-dir").arg(root.join(target));
        command.env("CARGO_INCREMENTAL", if self.incremental { "1" } else { "0" });
        command
    }
}
