//! The runtime's process, the relay behind its output, and the bare reader.

use std::collections::HashMap;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Instant;

use copilot_sessions::internals::read_event_frame;
use copilot_sessions::rpc::{FrameDecoder, FrameLimits};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;

/// What is left open of the runtime's streams: its input, and its output twice.
pub(crate) struct Pipes {
    pub(crate) stdin: ChildStdin,
    pub(crate) client: PipeReader,
    pub(crate) bare: PipeReader,
}

/// The runtime and its relay. Dropping it kills the runtime.
pub(crate) struct Process {
    child: Child,
    relay: Option<JoinHandle<Relayed>>,
}

/// Starts the real runtime, with all that it keeps below `work`.
pub(crate) fn launch(work: &Path) -> (Process, Pipes) {
    let mut command = Command::new(program());
    command
        .args(["--headless", "--no-auto-update", "--log-level", "error", "--stdio"])
        .arg("--no-auto-login")
        .env("COPILOT_HOME", work.join(".copilot"))
        .current_dir(work)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    // Nobody is signed in, whoever runs this.
    for variable in ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "NODE_DEBUG"] {
        command.env_remove(variable);
    }
    let mut child = command.spawn().expect("the runtime starts");
    let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (client, to_client) = std::io::pipe().unwrap();
    let (bare, to_bare) = std::io::pipe().unwrap();
    let relay = std::thread::spawn(move || relay(stdout, [to_client, to_bare]));
    (Process { child, relay: Some(relay) }, Pipes { stdin, client, bare })
}

fn program() -> PathBuf {
    match std::env::var_os("COPILOT_SESSIONS_RUNTIME") {
        Some(path) if !path.is_empty() => path.into(),
        _ => panic!(
            "COPILOT_SESSIONS_RUNTIME does not name a program: run this with `cargo xtask bench`, \
             or after `export $(cargo xtask setup --print)`"
        ),
    }
}

impl Process {
    /// Ends the runtime, and with it the relay.
    pub(crate) fn end(mut self) -> Relayed {
        let _ = self.child.kill();
        self.relay.take().unwrap().join().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All that the runtime wrote.
pub(crate) struct Relayed {
    bytes: Vec<u8>,
    /// Up to where each read reached, and when it returned.
    reads: Vec<(usize, Instant)>,
}

/// Passes everything on to both until one of them is gone. Which of them is first is as good as random, and as often
/// the one as the other: the second has to wait for a write.
fn relay(mut from: ChildStdout, mut to: [PipeWriter; 2]) -> Relayed {
    let mut buffer = vec![0; 64 * 1024];
    let mut relayed = Relayed { bytes: Vec::new(), reads: Vec::new() };
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        let length = from.read(&mut buffer).unwrap();
        let now = Instant::now();
        // An xorshift generator.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let first = usize::from(random >> 63 == 1);
        let both = [first, 1 - first]
            .into_iter()
            .try_for_each(|end| to[end].write_all(&buffer[..length]));
        if length == 0 || both.is_err() {
            return relayed;
        }
        relayed.bytes.extend_from_slice(&buffer[..length]);
        relayed.reads.push((relayed.bytes.len(), now));
    }
}

/// Frames what comes, as the client does, and notes when it had each frame. A task of its own, as the client's reader.
pub(crate) async fn bare(reader: PipeReader) -> Vec<Instant> {
    let mut reader = pipe::Receiver::from_owned_fd(reader.into()).unwrap();
    let reading = tokio::spawn(async move {
        let mut decoder = FrameDecoder::new(FrameLimits::default());
        let mut frames = Vec::with_capacity(64 * 1024);
        while reader.read_buf(decoder.buffer_mut()).await.unwrap() > 0 {
            while let Some(frame) = decoder.next_frame().unwrap() {
                std::hint::black_box(frame);
                frames.push(Instant::now());
            }
        }
        frames
    });
    reading.await.unwrap()
}

/// When each event was where.
pub(crate) struct Wire {
    events: HashMap<String, Stamps>,
}

#[derive(Clone, Copy)]
pub(crate) struct Stamps {
    /// The relay's read that completed the frame returned.
    pub(crate) relayed: Instant,
    /// The bare reader had the frame.
    pub(crate) bare: Instant,
}

impl Wire {
    pub(crate) fn new(relayed: &Relayed, bare: Vec<Instant>) -> Self {
        let mut events = HashMap::new();
        let mut decoder = FrameDecoder::new(FrameLimits::default());
        // The bare reader saw the same frames in the same order.
        let (mut bare, mut begin) = (bare.into_iter(), 0);
        for (end, read) in &relayed.reads {
            decoder.extend(&relayed.bytes[begin..*end]);
            begin = *end;
            while let Some(frame) = decoder.next_frame().unwrap() {
                let Some(bare) = bare.next() else { return Self { events } };
                let frame = std::str::from_utf8(frame).unwrap();
                if let Some((_, event)) = read_event_frame(frame) {
                    // A subscriber sees the first delivery.
                    let stamps = Stamps { relayed: *read, bare };
                    events.entry(event.id().to_owned()).or_insert(stamps);
                }
            }
        }
        Self { events }
    }

    pub(crate) fn stamps(&self, id: &str) -> Stamps {
        *self.events.get(id).expect("an event that was relayed")
    }
}
