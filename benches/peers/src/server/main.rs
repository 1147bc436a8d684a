//! `peer-server`: the scripted runtime that every client of the comparison connects to, over its standard streams.
//!
//! It answers as fast as it can: all requests that have arrived are answered with one write. The model of a session and
//! the prompts that it gets decide what it sends; see [`script`].

mod frames;
mod request;
mod script;

use std::fs::File;
use std::io;
use std::io::{Read, Write};

use self::request::Requests;
use self::script::Agent;

/// Makes the server a runtime without `session.sendAndWait`. All other arguments are those of a runtime, and ignored.
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
        // The client has closed the pipe: the server ends as well.
        if output.write_all(&answers).is_err() {
            return Ok(());
        }
        answers.clear();
        agent.prepare();
    }
}

/// Standard output as a plain file: `io::Stdout` splits writes at line ends.
fn unbuffered_stdout() -> io::Result<File> {
    #[cfg(unix)]
    let stdout = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
    #[cfg(windows)]
    let stdout =
        std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
    Ok(File::from(stdout))
}
