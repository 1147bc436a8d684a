//! Six programs of a newcomer, written from the documentation alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::similar_names,
    clippy::redundant_closure_for_method_calls,
    clippy::naive_bytecount,
    reason = "tests may panic, and these stand as they were written"
)]

mod early;
mod file;
mod merge;
mod shared;
mod sse;
mod terminal;

use std::future::Future;
use std::time::Duration;

use copilot_sessions::Event;
use copilot_sessions::events::kinds::SessionInfo;
use copilot_sessions::testing::AgentEvent;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// No test may hang: none sleeps, and each has this bound.
async fn bounded<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("the test hangs")
}

fn note(text: &str) -> AgentEvent {
    AgentEvent::of(&SessionInfo::new("note", text))
}

fn note_of(event: &Event) -> Option<&str> {
    event.get::<SessionInfo>().map(|info| info.message.as_str())
}
