//! The event log, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod bounds;
mod identity;
mod model;
mod readers;
mod updates;

use copilot_sessions::events::{Event, EventDraft, EventLogWriter, EventStream, Gap};

/// An event whose id is its number.
fn draft(number: u64) -> EventDraft {
    EventDraft::parse(&format!(r#"{{"type":"k","data":{{}},"id":"{number}"}}"#))
}

fn append(writer: &mut EventLogWriter, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        assert_eq!(writer.append(draft(number)).unwrap().get(), number);
    }
}

fn ready(stream: &mut EventStream) -> Vec<Result<Event, Gap>> {
    std::iter::from_fn(|| stream.next_ready()).collect()
}

/// Delivered numbers, after checking that they and the gaps account for everything.
fn account(items: &[Result<Event, Gap>], published: u64) -> Vec<u64> {
    let mut next = 1;
    let mut delivered = Vec::new();
    for item in items {
        match item {
            Ok(event) => {
                assert_eq!(event.seq().get(), next);
                assert_eq!(event.id(), next.to_string());
                delivered.push(next);
                next += 1;
            }
            Err(gap) => {
                assert!(gap.missed() > 0);
                next += gap.missed();
                assert_eq!(gap.resume_at().get(), next);
            }
        }
    }
    assert_eq!(next, published + 1);
    delivered
}
