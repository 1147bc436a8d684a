//! The exit of a child process: code, signal, and the end of its stderr.

use std::fmt;
use std::process::ExitStatus;
use std::sync::Arc;

/// How a child process exited: code or signal, and the end of its stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExitInfo {
    /// The exit code; `None` when a signal ended the process or the status is unknown.
    pub code: Option<i32>,
    /// The signal that ended the process; always `None` except on Unix.
    pub signal: Option<i32>,
    /// The end of its stderr: at most 8 KiB and 64 lines; invalid UTF-8 is replaced.
    pub stderr_tail: Arc<str>,
}

impl ExitInfo {
    /// From an exit status; `None` when the status is unknown.
    pub(super) fn new(status: Option<ExitStatus>, stderr_tail: Arc<str>) -> Self {
        Self {
            code: status.and_then(|status| status.code()),
            signal: status.and_then(signal_of),
            stderr_tail,
        }
    }

    /// Whether the process exited with code zero.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// Prints, for example, `exited with code 1: unknown option --foo`, with the most informative
/// line of stderr.
impl fmt::Display for ExitInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(formatter, "exited with code {code}")?,
            (None, Some(signal)) => write!(formatter, "was killed by signal {signal}")?,
            (None, None) => formatter.write_str("exited")?,
        }
        match summary_line(&self.stderr_tail) {
            Some(line) => write!(formatter, ": {line}"),
            None => Ok(()),
        }
    }
}

/// The last line that contains a word for an error, or else the last line: programs often print
/// advice, a stack trace or their version after the error.
fn summary_line(text: &str) -> Option<&str> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| {
        let line = line.to_ascii_lowercase();
        ["error", "fatal", "panic"].iter().any(|word| line.contains(word))
    };
    lines().rfind(is_error).or_else(|| lines().next_back())
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_prints_the_status_and_the_most_informative_line_of_stderr() {
        let exit = |code, signal, stderr_tail: &str| {
            let stderr_tail = stderr_tail.into();
            ExitInfo { code, signal, stderr_tail }
        };
        let noisy = exit(Some(2), None, "warning\n  fatal: no\n\n");
        assert_eq!(noisy.to_string(), "exited with code 2: fatal: no");
        let advice = "error: unexpected argument\n\nUsage: x\n\nTry '--help'.\n";
        let advising = exit(Some(1), None, advice);
        assert_eq!(advising.to_string(), "exited with code 1: error: unexpected argument");
        let plain = exit(Some(1), None, "x: bad argument\n");
        assert_eq!(plain.to_string(), "exited with code 1: x: bad argument");
        assert_eq!(exit(None, Some(9), "").to_string(), "was killed by signal 9");
    }
}
