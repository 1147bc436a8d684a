//! The way of an event from the wire to a subscriber, in parts that can be counted.
//!
//! Of `pipe`, `framing` and `reading` each does what the one before it does, and more; `log` is what lies behind
//! reading, by itself; `client` is the whole. All take the same deltas, on one thread.

use std::hint::black_box;

use copilot_sessions::events::EventLogWriter;
use copilot_sessions::internals::read_event_frame;
use copilot_sessions::rpc::{FrameDecoder, FrameLimits};
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ClientOptions, LogBounds, SessionConfig};
use futures::StreamExt;
use tokio::io::AsyncReadExt;

use crate::support::{current_thread, frames};

/// What is left to do when everything has been made ready.
pub(crate) type Work = Box<dyn FnOnce()>;

/// A part of the way: makes everything ready for so many events.
pub(crate) struct Path {
    pub(crate) name: &'static str,
    pub(crate) prepare: fn(u64) -> Work,
}

pub(crate) const PATHS: [Path; 5] = [
    Path { name: "pipe", prepare: pipe },
    Path { name: "framing", prepare: framing },
    Path { name: "reading", prepare: reading },
    Path { name: "log", prepare: log },
    Path { name: "client", prepare: client },
];

/// Events are let go of while others come, as in a long session.
const KEPT: u64 = 4096;

fn bounds() -> LogBounds {
    LogBounds::default().max_events(KEPT).max_bytes(usize::MAX)
}

fn wire(count: u64) -> Vec<u8> {
    (0..count)
        .flat_map(|number| frames::framed(&frames::delta(frames::SESSION, number)))
        .collect()
}

/// The bytes come out of a pipe in memory and are thrown away. What all of this costs is
/// in each of the others but `log`.
fn pipe(count: u64) -> Work {
    let (wire, runtime) = (wire(count), current_thread());
    Box::new(move || {
        runtime.block_on(async {
            let (agent, mut left) = (ScriptedAgent::new(), wire.len());
            let mut stream = agent.stream();
            agent.raw(wire);
            let mut buffer = Vec::with_capacity(64 * 1024);
            while left > 0 {
                left -= stream.read_buf(&mut buffer).await.unwrap();
                black_box(&buffer);
                buffer.clear();
                tokio::task::yield_now().await;
            }
        });
    })
}

/// The bytes are cut into frames.
fn framing(count: u64) -> Work {
    framed(count, |frame| {
        black_box(frame);
    })
}

/// Each frame is read as the connection's reader reads it, and the event let go of.
fn reading(count: u64) -> Work {
    framed(count, |frame| {
        let text = std::str::from_utf8(frame).unwrap();
        black_box(read_event_frame(text).unwrap());
    })
}

fn framed(count: u64, take: impl Fn(&[u8]) + 'static) -> Work {
    let (wire, runtime) = (wire(count), current_thread());
    Box::new(move || {
        runtime.block_on(async {
            let agent = ScriptedAgent::new();
            let mut stream = agent.stream();
            agent.raw(wire);
            let mut decoder = FrameDecoder::new(FrameLimits::default());
            let mut seen = 0;
            while seen < count {
                stream.read_buf(decoder.buffer_mut()).await.unwrap();
                while let Some(frame) = decoder.next_frame().unwrap() {
                    take(frame);
                    seen += 1;
                }
                tokio::task::yield_now().await;
            }
        });
    })
}

/// Events that have been read go into a log, from which one reader takes each at once.
fn log(count: u64) -> Work {
    let event = |number| {
        let frame = frames::delta(frames::SESSION, number);
        read_event_frame(&frame).unwrap().1
    };
    let drafts: Vec<_> = (0..count).map(event).collect();
    Box::new(move || {
        let mut writer = EventLogWriter::new(bounds());
        let log = writer.log().clone();
        let mut events = log.events();
        for draft in drafts {
            writer.append(draft).unwrap();
            black_box(events.next_ready().unwrap().unwrap());
        }
    })
}

/// From the pipe in memory through a client to the one subscriber of a session.
fn client(count: u64) -> Work {
    let (wire, runtime) = (wire(count), current_thread());
    let (agent, client, session, mut events) = runtime.block_on(async {
        let agent = ScriptedAgent::new();
        let options = ClientOptions::new().log_bounds(bounds());
        let client = agent.connect(options).await.unwrap();
        let config = SessionConfig::new().session_id(frames::SESSION);
        let session = client.create_session(config).await.unwrap();
        let mut events = session.events();
        events.next().await.unwrap().unwrap();
        (agent, client, session, events)
    });
    Box::new(move || {
        runtime.block_on(async {
            agent.raw(wire);
            for _ in 0..count {
                black_box(events.next().await.unwrap().unwrap());
            }
        });
        drop((client, session));
    })
}
