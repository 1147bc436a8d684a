//! Runs the tests with one change switched on, several changes at once.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::mutants::variants::VARIABLE;

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// A test failed.
    Caught,
    /// The tests did not end.
    Timeout,
    /// All tests passed.
    Missed,
}

/// Address space of a test program: a change may let it grow without end.
const KILOBYTES: &str = "8000000";
/// What `timeout` returns for a program that it killed.
const KILLED: i32 = 137;
/// How many times as long as without a change a program may take, with others beside it.
const PATIENCE: u32 = 12;
/// Programs at once, for each processor: where a wake is lost, a program only waits for its end.
const WORKERS: usize = 2;

/// Tries each of `numbers` with all `programs`, in the directory `package`.
pub(super) fn run(
    programs: &[PathBuf],
    package: &Path,
    numbers: &[usize],
    each: impl Fn(usize, Outcome) + Sync,
) -> Result<BTreeMap<usize, Outcome>> {
    let mut timed = Vec::new();
    for program in programs {
        let started = Instant::now();
        let outcome = outcome_of(program, package, 0, Duration::from_secs(600))?;
        ensure!(outcome == Outcome::Missed, "{} fails without a change", program.display());
        timed.push((started.elapsed(), program));
    }
    // Most changes are noticed by several programs: the quickest first.
    timed.sort();
    let limit = |alone: Duration| alone.max(Duration::from_secs(1)) * PATIENCE;
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(BTreeMap::new());
    let worker = || -> Result<()> {
        while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut outcome = Outcome::Missed;
            for (alone, program) in &timed {
                outcome = outcome_of(program, package, *number, limit(*alone))?;
                if outcome != Outcome::Missed {
                    break;
                }
            }
            each(*number, outcome);
            if let Ok(mut outcomes) = outcomes.lock() {
                outcomes.insert(*number, outcome);
            }
        }
        Ok(())
    };
    let workers = thread::available_parallelism().map_or(1, usize::from) * WORKERS;
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        running.into_iter().try_for_each(|one| {
            one.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a worker panicked")))
        })
    })?;
    outcomes.into_inner().ok().context("a worker panicked")
}

fn outcome_of(
    program: &Path,
    package: &Path,
    number: usize,
    limit: Duration,
) -> Result<Outcome> {
    let seconds = limit.as_secs_f32();
    let script = format!("ulimit -v {KILOBYTES}; exec timeout --signal KILL {seconds} \"$0\"");
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .arg(program)
        .current_dir(package)
        // Cargo sets it for tests, which find their data with it.
        .env("CARGO_MANIFEST_DIR", package)
        .env("CARGO_PKG_NAME", "copilot-sessions")
        .env(VARIABLE, number.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let output = child.stdout.take().context("a test program has no output")?;
    for line in BufReader::new(output).split(b'\n') {
        // One test that fails is enough; others may hang.
        if line?.ends_with(b" ... FAILED") {
            terminate(&child);
            child.wait()?;
            return Ok(Outcome::Caught);
        }
    }
    Ok(match child.wait()?.code() {
        Some(0) => Outcome::Missed,
        Some(KILLED) => Outcome::Timeout,
        _ => Outcome::Caught,
    })
}

/// Ends `timeout`, which passes the signal on to the test program.
fn terminate(timeout: &Child) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(timeout.id()).ok().and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}
