//! How a child process ended.

use std::fmt;
use std::process::ExitStatus;
use std::sync::Arc;

/// How a child process ended, and the last it had to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExitInfo {
    /// The exit code; `None` when a signal ended the process, or nothing is known.
    pub code: Option<i32>,
    /// The signal that ended the process; unix only.
    pub signal: Option<i32>,
    /// The end of what it wrote to stderr: at most 8 KiB and 64 lines, lossily decoded.
    pub stderr_tail: Arc<str>,
}

impl ExitInfo {
    /// Of a status; `None` when it could not be learnt.
    pub(super) fn new(status: Option<ExitStatus>, stderr_tail: Arc<str>) -> Self {
        Self {
            code: status.and_then(|status| status.code()),
            signal: status.and_then(signal_of),
            stderr_tail,
        }
    }

    /// Whether the process ended by itself, with code zero.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// "exited with code 1: unknown option --foo", with the line of stderr that tells most.
impl fmt::Display for ExitInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(formatter, "exited with code {code}")?,
            (None, Some(signal)) => write!(formatter, "was killed by signal {signal}")?,
            (None, None) => formatter.write_str("exited")?,
        }
        match telling_line(&self.stderr_tail) {
            Some(line) => write!(formatter, ": {line}"),
            None => Ok(()),
        }
    }
}

/// The last line that calls itself an error, or else the last one: programs put advice, a
/// stack or their version behind what they have to say.
fn telling_line(text: &str) -> Option<&str> {
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
    fn the_text_has_the_line_of_stderr_that_tells_most() {
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
