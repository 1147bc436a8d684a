//! The watchdog of `cargo xtask test`: a test that hangs, such as by a lost wake, fails the run.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long a test program may print nothing while it has tests to run.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

/// Gives every line of what `cargo test` prints to `each`.
///
/// # Errors
///
/// When a test program is silent for longer than `limit`: names the tests that hang, as far as the test
/// harness has named them (it does so after a minute).
pub(crate) fn watch(
    output: impl Read + Send + 'static,
    limit: Duration,
    mut each: impl FnMut(&str),
) -> Result<()> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let mut program = Program::default();
    loop {
        let line = if program.has_tests {
            match lines.recv_timeout(limit) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => bail!("{}", program.verdict(limit)),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        } else {
            // Between two programs cargo may build for as long as it likes.
            match lines.recv() {
                Ok(line) => line,
                Err(_) => return Ok(()),
            }
        };
        let line = line.context("cannot read what cargo test prints")?;
        program.observe(&line);
        each(&line);
    }
}

/// The test program that runs.
#[derive(Debug, Default)]
struct Program {
    has_tests: bool,
    /// Tests that the harness calls slow and that have not ended.
    slow: BTreeSet<String>,
}

impl Program {
    fn observe(&mut self, line: &str) {
        if line.starts_with("running ") {
            self.has_tests = true;
        } else if line.starts_with("test result: ") {
            *self = Self::default();
        } else if let Some(test) = line.strip_prefix("test ") {
            if let Some((name, _)) = test.split_once(" has been running for over") {
                self.slow.insert(name.to_owned());
            } else if let Some((name, _)) = test.split_once(" ... ") {
                self.slow.remove(name);
            }
        }
    }

    fn verdict(&self, limit: Duration) -> String {
        let slow: Vec<_> = self.slow.iter().map(String::as_str).collect();
        let names = if slow.is_empty() { "unnamed" } else { &slow.join(", ") };
        format!("no test has ended for {limit:?}; tests that hang: {names}")
    }
}

/// Kills `cargo test` and the test program that it runs.
pub(crate) fn kill(cargo: &mut Child) {
    for child in children(cargo.id()) {
        #[cfg(unix)]
        if let Some(pid) = i32::try_from(child).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
    let _ = cargo.kill();
    let _ = cargo.wait();
}

/// The processes whose parent is `parent`; none where there is no `/proc`.
fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent_of(*id) == Some(parent)).collect()
}

fn parent_of(id: u32) -> Option<u32> {
    // `ID (NAME) STATE PARENT …`, and the name may have anything in it.
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_run_that_hangs_fails_with_the_name_of_the_test_and_leaves_no_process() {
        let script = "echo running 2 tests; echo test one ... ok; \
                      echo test two has been running for over 60 seconds; sleep 1000 & wait";
        let mut child =
            Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let error = watch(output, Duration::from_millis(200), |_| {}).unwrap_err();
        assert!(error.to_string().ends_with("tests that hang: two"), "{error}");
        let sleeping = children(child.id());
        kill(&mut child);
        // Where there is a `/proc`; a killed process may be there a moment longer, as a zombie.
        for id in sleeping {
            while std::fs::read_to_string(format!("/proc/{id}/stat"))
                .is_ok_and(|stat| !stat.contains(") Z "))
            {
                thread::yield_now();
            }
        }
    }

    #[test]
    fn silence_counts_only_while_a_program_runs_tests() {
        let mut program = Program::default();
        program.observe("   Compiling copilot-sessions v0.1.0");
        assert!(!program.has_tests);
        program.observe("running 3 tests");
        program.observe("test a has been running for over 60 seconds");
        assert!(program.has_tests && program.slow.contains("a"));
        program.observe("test a ... ok");
        assert!(program.slow.is_empty());
        program.observe("test result: ok. 3 passed; 0 failed");
        assert!(!program.has_tests);
    }
}
