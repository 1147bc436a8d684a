//! From the wire to a subscriber: duplex, pipe and TCP; many sessions on one connection.
//!
//! `cargo bench --features testing --bench wire`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

mod support;

use std::time::{Duration, Instant};

use copilot_sessions::rpc::{FrameDecoder, FrameLimits};
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{Client, ClientOptions, LogBounds, SessionConfig};
use futures::StreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::unix::pipe;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use self::support::{Candidate, current_thread, frames, measure, multi_thread, wanted};

const BURST: u64 = 100_000;

fn main() {
    for (flavour, runtime) in [("ct", current_thread()), ("mt", multi_thread())] {
        bursts(flavour, &runtime);
        if wanted(&format!("sessions_{flavour}")) {
            many_sessions(flavour, &runtime);
        }
    }
}

type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

#[derive(Clone, Copy)]
enum Wire {
    Duplex,
    Pipe,
    Tcp,
}

impl Wire {
    /// Two ends; the second for whoever sends the burst.
    async fn ends(self) -> ((Reader, Writer), (Reader, Writer)) {
        match self {
            Self::Duplex => {
                let (ours, theirs) = tokio::io::duplex(64 * 1024);
                let (ours, theirs) = (tokio::io::split(ours), tokio::io::split(theirs));
                ((Box::new(ours.0), Box::new(ours.1)), (Box::new(theirs.0), Box::new(theirs.1)))
            }
            Self::Pipe => {
                let (to_theirs, from_ours) = pipe::pipe().unwrap();
                let (to_ours, from_theirs) = pipe::pipe().unwrap();
                (
                    (Box::new(from_theirs), Box::new(to_theirs)),
                    (Box::new(from_ours), Box::new(to_ours)),
                )
            }
            Self::Tcp => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let (ours, theirs) =
                    tokio::join!(TcpStream::connect(address), listener.accept());
                let (ours, theirs) =
                    (ours.unwrap().into_split(), theirs.unwrap().0.into_split());
                ((Box::new(ours.0), Box::new(ours.1)), (Box::new(theirs.0), Box::new(theirs.1)))
            }
        }
    }
}

/// 100,000 deltas at once to one subscriber, against a reader that frames and does no more.
fn bursts(flavour: &str, runtime: &Runtime) {
    let burst: Vec<u8> = (0..BURST)
        .flat_map(|number| frames::framed(&frames::delta(frames::SESSION, number)))
        .collect();
    for (name, wire) in [("duplex", Wire::Duplex), ("pipe", Wire::Pipe), ("tcp", Wire::Tcp)] {
        let topic = format!("burst_{name}_{flavour}");
        if !wanted(&topic) {
            continue;
        }
        let measured = measure(
            &topic,
            BURST,
            7,
            vec![
                Candidate::timed("framing_only", || runtime.block_on(frame_only(wire, &burst))),
                Candidate::timed("session", || runtime.block_on(to_a_session(wire, &burst))),
            ],
        );
        let per_second = support::per(BURST) / measured.median("session").as_secs_f64();
        println!("rate {topic} {:.2} M events/s", per_second / 1e6);
        // Above 0.5, the whole path is within twice the cost of framing alone.
        measured.ratio(
            &format!("{topic}_framing_only_over_session"),
            "framing_only",
            "session",
        );
    }
}

async fn frame_only(wire: Wire, burst: &[u8]) -> Duration {
    let ((mut reader, _keep), (agent_reader, agent_writer)) = wire.ends().await;
    let agent = ScriptedAgent::serve(agent_reader, agent_writer);
    let bytes = burst.to_vec();
    let begin = Instant::now();
    agent.raw(bytes);
    let mut decoder = FrameDecoder::new(FrameLimits::default());
    let mut seen = 0;
    while seen < BURST {
        decoder.buffer_mut().reserve(64 * 1024);
        reader.read_buf(decoder.buffer_mut()).await.unwrap();
        while let Some(frame) = decoder.next_frame().unwrap() {
            std::hint::black_box(frame);
            seen += 1;
        }
        tokio::task::yield_now().await;
    }
    begin.elapsed()
}

async fn to_a_session(wire: Wire, burst: &[u8]) -> Duration {
    let ((reader, writer), (agent_reader, agent_writer)) = wire.ends().await;
    let agent = ScriptedAgent::serve(agent_reader, agent_writer);
    let options = ClientOptions::new()
        .log_bounds(LogBounds::default().max_events(4096).max_bytes(usize::MAX));
    let client = Client::connect(reader, writer, options).await.unwrap();
    let config = SessionConfig::new().session_id(frames::SESSION);
    let session = client.create_session(config).await.unwrap();
    let mut events = session.events();
    assert!(events.next().await.is_some());
    let bytes = burst.to_vec();
    let begin = Instant::now();
    agent.raw(bytes);
    let (mut delivered, mut missed) = (0, 0);
    while delivered + missed < BURST {
        match events.next().await.unwrap() {
            Ok(_) => delivered += 1,
            Err(lagged) => missed += lagged.missed(),
        }
    }
    let time = begin.elapsed();
    assert_eq!(session.stats().duplicates, 0);
    time
}

/// The same events, all to one session or spread over a hundred, one after the other.
fn many_sessions(flavour: &str, runtime: &Runtime) {
    let count = 50_000;
    let spread = |sessions: u64| -> Vec<u8> {
        (0..count)
            .flat_map(|number| {
                frames::framed(&frames::delta(&format!("s{}", number % sessions), number))
            })
            .collect()
    };
    let (one, hundred) = (spread(1), spread(100));
    let topic = format!("sessions_{flavour}");
    let measured = measure(
        &topic,
        count,
        7,
        vec![
            Candidate::timed("one", || runtime.block_on(to_sessions(1, &one, count))),
            Candidate::timed("hundred", || runtime.block_on(to_sessions(100, &hundred, count))),
        ],
    );
    measured.ratio(&format!("{topic}_hundred_over_one"), "hundred", "one");
}

async fn to_sessions(sessions: u64, burst: &[u8], count: u64) -> Duration {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new()).await.unwrap();
    let mut readers = Vec::new();
    let mut held = Vec::new();
    for number in 0..sessions {
        let config = SessionConfig::new().session_id(format!("s{number}"));
        let session = client.create_session(config).await.unwrap();
        let mut events = session.live_events();
        let own = count / sessions;
        readers.push(tokio::spawn(async move {
            for _ in 0..own {
                events.next().await.unwrap().unwrap();
            }
        }));
        held.push(session);
    }
    // Their `session.start`s come behind their answers.
    client.ping("").await.unwrap();
    let bytes = burst.to_vec();
    let begin = Instant::now();
    agent.raw(bytes);
    for reader in readers {
        reader.await.unwrap();
    }
    begin.elapsed()
}
