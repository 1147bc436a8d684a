//! From a frame's bytes to an event: what reading costs against validating.
//!
//! `cargo bench --features testing --bench decode`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

mod support;

use std::collections::VecDeque;
use std::hint::black_box;

use copilot_sessions::events::EventLogWriter;
use copilot_sessions::events::kinds::AssistantMessageDelta;
use copilot_sessions::internals::read_event_frame;
use copilot_sessions::rpc::{FrameDecoder, FrameLimits};
use serde::de::IgnoredAny;

use self::support::{Candidate, frames, measure, wanted};

/// Events are kept for a while, as a log keeps them, so that freeing counts.
const KEPT: usize = 512;

fn main() {
    for (name, count, body) in [
        ("delta", 100_000, frames::delta(frames::SESSION, 1)),
        ("tool", 20_000, frames::tool(frames::SESSION, 1)),
        ("big", 1000, frames::big(frames::SESSION, 1)),
    ] {
        if wanted(&format!("decode_{name}")) {
            decode(name, count, &body);
        }
    }
    if wanted("typed") {
        typed();
    }
    if wanted("framing") {
        framing();
    }
}

fn decode(name: &str, count: u64, body: &str) {
    let topic = format!("decode_{name}");
    let measured = measure(
        &topic,
        count,
        15,
        vec![
            ignored_any(count, body),
            Candidate::new("event", || {
                let mut kept = VecDeque::with_capacity(KEPT);
                for _ in 0..count {
                    // As on the reader: bytes are checked to be UTF-8 first.
                    let text = std::str::from_utf8(black_box(body.as_bytes())).unwrap();
                    if kept.len() == KEPT {
                        kept.pop_front();
                    }
                    kept.push_back(read_event_frame(text).unwrap().1);
                }
                kept.len()
            }),
            Candidate::new("value", || {
                for _ in 0..count {
                    let value: serde_json::Value =
                        serde_json::from_slice(black_box(body.as_bytes())).unwrap();
                    black_box(value);
                }
            }),
        ],
    );
    measured.ratio(&format!("{topic}_over_ignored_any"), "event", "ignored_any");
    measured.ratio(&format!("{topic}_of_a_dom"), "event", "value");
}

/// The floor: validates a frame and keeps nothing.
fn ignored_any(count: u64, body: &str) -> Candidate<'_> {
    Candidate::new("ignored_any", move || {
        for _ in 0..count {
            let json = black_box(body.as_bytes());
            black_box(serde_json::from_slice::<IgnoredAny>(json)).unwrap();
        }
    })
}

/// A delta with its payload decoded on demand.
fn typed() {
    let count = 20_000;
    let body = frames::delta(frames::SESSION, 1);
    let measured = measure(
        "typed_delta",
        count,
        15,
        vec![
            ignored_any(count, &body),
            Candidate::new("event", || {
                let mut writer = EventLogWriter::default();
                let log = writer.log().clone();
                let mut events = log.events();
                for _ in 0..count {
                    let text = std::str::from_utf8(black_box(body.as_bytes())).unwrap();
                    writer.append(read_event_frame(text).unwrap().1).unwrap();
                    let event = events.next_ready().unwrap().unwrap();
                    black_box(event.get::<AssistantMessageDelta>().unwrap());
                }
            }),
        ],
    );
    measured.ratio("typed_delta_in_a_log_over_ignored_any", "event", "ignored_any");
}

fn framing() {
    let count = 20_000;
    let wire: Vec<u8> = (0..count)
        .flat_map(|number| frames::framed(&frames::delta(frames::SESSION, number)))
        .collect();
    let measured = measure(
        "framing",
        count,
        15,
        vec![
            Candidate::new("copy", || {
                let mut buffer = Vec::with_capacity(64 * 1024);
                for part in wire.chunks(64 * 1024) {
                    buffer.clear();
                    buffer.extend_from_slice(black_box(part));
                }
                buffer.len()
            }),
            Candidate::new("frames", || {
                let mut decoder = FrameDecoder::new(FrameLimits::default());
                let mut frames = 0;
                for part in wire.chunks(64 * 1024) {
                    decoder.extend(part);
                    while let Some(frame) = decoder.next_frame().unwrap() {
                        black_box(frame);
                        frames += 1;
                    }
                }
                assert_eq!(frames, count);
            }),
        ],
    );
    measured.ratio("framing_over_a_copy", "frames", "copy");
}
