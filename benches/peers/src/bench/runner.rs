//! Runs a client program once and reads its result.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use serde_json::Value;

use crate::candidates::{Candidate, Programs};
use crate::measures::Measure;

/// A client that takes longer is killed.
const LIMIT: Duration = Duration::from_mins(3);

/// The values that the client printed, or the reason why there are none.
pub(crate) fn run(
    programs: &Programs,
    measure: &Measure,
    candidate: Candidate,
) -> Result<BTreeMap<String, Value>, String> {
    let (program, arguments) = programs.command(candidate, measure.place, measure.counting)?;
    let mut command = Command::new(&program);
    command.args(arguments).args(&measure.arguments);
    if measure.old_runtime {
        command.args(["--", "--without-send-and-wait"]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn();
    let child =
        child.map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let output = output(child)?;
    serde_json::from_str(&output).map_err(|error| format!("no result: {error}"))
}

/// The standard output of the child, which is killed after [`LIMIT`].
fn output(mut child: Child) -> Result<String, String> {
    let (done, waiting) = mpsc::channel();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.map(|mut stdout| stdout.read_to_string(&mut text));
        // After the limit nobody receives it.
        let _ = done.send(());
        read.and_then(Result::ok).map(|_| text).unwrap_or_default()
    });
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        // Output that is not UTF-8 is ignored.
        let _ = stderr.map(|mut stderr| stderr.read_to_string(&mut text));
        text
    });
    let late = waiting.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
    if late {
        // Fails if the child has just ended.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let text = reader.join().unwrap_or_default();
    if late {
        return Err(format!("no result within {} s", LIMIT.as_secs()));
    }
    if !status.success() {
        let errors = errors.join().unwrap_or_default();
        let last = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(format!("{status}: {last}"));
    }
    Ok(text)
}
