//! A harness for ratios.
//!
//! Candidates run in turn, repetition by repetition, and a ratio is the median over the
//! repetitions of the quotient within each: on a machine whose speed drifts, two medians
//! from two minutes are of two machines.
#![allow(dead_code)] // Each bench uses its part.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

use std::hint::black_box;
use std::time::{Duration, Instant};

use copilot_sessions::events::{Event, EventDraft, EventLogWriter};

/// Whether this topic is to run: every one, or those that contain an argument of the
/// command line (`cargo bench --bench fan_out -- ct_64`).
pub(crate) fn wanted(topic: &str) -> bool {
    let asked: Vec<_> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    asked.is_empty() || asked.iter().any(|part| topic.contains(part.as_str()))
}

/// A candidate: does its work once and says how long that took.
pub(crate) struct Candidate<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Candidate<'a> {
    /// One that is timed as a whole.
    pub(crate) fn new<T>(name: &'static str, mut work: impl FnMut() -> T + 'a) -> Self {
        Self::timed(name, move || {
            let begin = Instant::now();
            black_box(work());
            begin.elapsed()
        })
    }

    /// One that times itself, leaving out what does not count.
    pub(crate) fn timed(name: &'static str, run: impl FnMut() -> Duration + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// What was measured: a time for each repetition of each candidate.
pub(crate) struct Measured {
    names: Vec<&'static str>,
    /// By repetition, then candidate.
    times: Vec<Vec<Duration>>,
}

/// Runs the candidates `repetitions` times in turn, after one turn that does not count,
/// and prints the median time of each per operation.
pub(crate) fn measure(
    topic: &str,
    operations: u64,
    repetitions: usize,
    mut candidates: Vec<Candidate<'_>>,
) -> Measured {
    let mut turn = || candidates.iter_mut().map(|one| (one.run)()).collect::<Vec<_>>();
    turn();
    let times: Vec<_> = (0..repetitions).map(|_| turn()).collect();
    let names = candidates.iter().map(|one| one.name).collect();
    let measured = Measured { names, times };
    for name in &measured.names {
        let nanos = measured.median(name).as_secs_f64() * 1e9;
        println!("time {topic}/{name} {:.1} ns", nanos / per(operations));
    }
    measured
}

impl Measured {
    /// Prints `ratio NAME VALUE`: how many times longer `candidate` takes than `floor`.
    pub(crate) fn ratio(&self, name: &str, candidate: &str, floor: &str) -> f64 {
        let (candidate, floor) = (self.index(candidate), self.index(floor));
        let quotients = self
            .times
            .iter()
            .map(|turn| turn[candidate].as_secs_f64() / turn[floor].as_secs_f64());
        let ratio = median(quotients.collect());
        println!("ratio {name} {ratio:.3}");
        ratio
    }

    pub(crate) fn median(&self, name: &str) -> Duration {
        let index = self.index(name);
        let seconds = self.times.iter().map(|turn| turn[index].as_secs_f64()).collect();
        Duration::from_secs_f64(median(seconds))
    }

    fn index(&self, name: &str) -> usize {
        self.names.iter().position(|one| *one == name).expect("a candidate of that name")
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "counts of operations are far below 2^52")]
pub(crate) fn per(operations: u64) -> f64 {
    operations as f64
}

pub(crate) fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// An event that costs little to make, touch and free.
pub(crate) fn small() -> EventDraft {
    EventDraft::parse(r#"{"type":"k","id":"1"}"#)
}

/// The event that a log makes of a draft, held by nobody else.
pub(crate) fn event(draft: EventDraft) -> Event {
    let mut writer = EventLogWriter::default();
    let log = writer.log().clone();
    writer.append(draft).unwrap();
    log.events().next_ready().unwrap().unwrap()
}

/// `session.event` frames as runtimes write them.
pub(crate) mod frames {
    /// A streaming delta of 4 bytes, about 420 bytes on the wire.
    pub(crate) fn delta(session: &str, number: u64) -> String {
        event(
            session,
            number,
            "assistant.message_delta",
            r#"{"messageId":"0b5a7d0e-6a4e-4f0e-9d4d-6f6f0b8b9c1d","deltaContent":"tok "}"#,
            true,
        )
    }

    /// The result of a tool, about 2.6 kB with some escapes.
    pub(crate) fn tool(session: &str, number: u64) -> String {
        let output = "error[E0308]: mismatched types\\n  --> src/lib.rs:12:5\\n".repeat(40);
        let data = format!(
            r#"{{"toolCallId":"call_{number}","success":true,"result":{{"content":"{output}","detailedContent":"…"}},"model":"m"}}"#
        );
        event(session, number, "tool.execution_complete", &data, false)
    }

    /// A system prompt of some 55 kB, rich in escapes.
    pub(crate) fn big(session: &str, number: u64) -> String {
        let content =
            "You are \\\"careful\\\".\\n* Use `tools` when they help, and say why.\\n"
                .repeat(830);
        event(
            session,
            number,
            "system.message",
            &format!(r#"{{"content":"{content}"}}"#),
            false,
        )
    }

    fn event(session: &str, number: u64, kind: &str, data: &str, ephemeral: bool) -> String {
        let ephemeral = if ephemeral { r#""ephemeral":true,"# } else { "" };
        format!(
            r#"{{"jsonrpc":"2.0","method":"session.event","params":{{"sessionId":"{session}","event":{{"type":"{kind}","data":{data},{ephemeral}"id":"{}","timestamp":"2026-11-22T13:48:10.211Z","parentId":"538d9858-ffbd-4762-8f49-cb983f514018"}}}}}}"#,
            id(number)
        )
    }

    fn id(number: u64) -> String {
        format!("2c36947d-c55f-4539-99da-{number:012x}")
    }

    /// The frame with its header.
    pub(crate) fn framed(body: &str) -> Vec<u8> {
        copilot_sessions::rpc::encode_frame(body.as_bytes()).to_vec()
    }

    pub(crate) const SESSION: &str = "324ec8c0-10f0-40fa-9992-2229e8869e2f";
}
