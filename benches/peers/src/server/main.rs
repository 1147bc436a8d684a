//! The scripted runtime that every client of the comparison speaks to, over its standard streams.
//!
//! It answers as fast as it can: whatever has arrived is answered with one write. The model that a session is
//! created with, and the prompts that it is sent, say what it does; see [`script`].

mod frames;
mod request;
mod script;

use std::fs::File;
use std::io::{self, Read, Write};

use self::request::Requests;
use self::script::Agent;

/// Arguments are those of a runtime, and ignored, but for this one.
const OLD: &str = "--without-send-and-wait";

fn main() -> io::Result<()> {
    let mut agent = Agent::new(!std::env::args().any(|argument| argument == OLD));
    let mut input = io::stdin().lock();
    let mut output = unbuffered_stdout()?;
    let mut requests = Requests::default();
    let mut answers = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = input.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        requests.extend(chunk.get(..read).unwrap_or_default());
        while let Some(request) = requests.next() {
            agent.answer(&request?, &mut answers);
        }
        // The client has gone: so does its runtime.
        if output.write_all(&answers).is_err() {
            return Ok(());
        }
        answers.clear();
        agent.prepare();
    }
}

/// Standard output as a plain file: the standard library's own splits writes at line ends.
fn unbuffered_stdout() -> io::Result<File> {
    #[cfg(unix)]
    let stdout = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
    #[cfg(windows)]
    let stdout =
        std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
    Ok(File::from(stdout))
}
