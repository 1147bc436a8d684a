//! One run of one client.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use serde_json::Value;

use crate::contestants::{Contestant, Programs};
use crate::measures::Measure;

/// A client that takes longer has hung.
const LIMIT: Duration = Duration::from_mins(3);

/// What the client printed, or why it printed nothing.
pub(crate) fn run(
    programs: &Programs,
    measure: &Measure,
    contestant: Contestant,
) -> Result<BTreeMap<String, Value>, String> {
    let (program, arguments) = programs.command(contestant, measure.place, measure.counting)?;
    let mut command = Command::new(&program);
    command.args(arguments).args(&measure.arguments);
    if measure.old_runtime {
        command.args(["--", "--without-send-and-wait"]);
    }
    // A client of Node runs where its SDK is.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn();
    let child =
        child.map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let output = output(child)?;
    serde_json::from_str(&output).map_err(|error| format!("no result: {error}"))
}

/// All that the child prints; it is killed if it takes too long.
fn output(mut child: Child) -> Result<String, String> {
    let (done, waiting) = mpsc::channel();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.map(|mut stdout| stdout.read_to_string(&mut text));
        // Nobody waits for it any more after the limit.
        let _ = done.send(());
        read.and_then(Result::ok).map(|_| text).unwrap_or_default()
    });
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        // What is no text is of no use here.
        let _ = stderr.map(|mut stderr| stderr.read_to_string(&mut text));
        text
    });
    let late = waiting.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
    if late {
        // It may have ended just now.
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
