//! Allocations and bytes, counted: repeatable whatever else the machine does.
//!
//! `cargo bench --features testing --bench memory`, or of it alone what a name contains:
//! `cargo bench --features testing --bench memory -- paths`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

#[path = "support/paths.rs"]
mod paths;
mod support;

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ActiveSession, Client, ClientOptions, SessionConfig};
use futures::StreamExt;

use self::support::{current_thread, frames, per, wanted};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    let profiler = dhat::Profiler::builder().testing().build();
    if wanted("deltas") {
        current_thread().block_on(deltas());
    }
    if wanted("idle_sessions") {
        current_thread().block_on(idle_sessions());
    }
    if wanted("paths") {
        parts();
    }
    drop(profiler);
}

/// Allocations for each event, part by part of its way: what twice as many events cost more.
fn parts() {
    const COUNT: u64 = 20_000;
    for path in paths::PATHS {
        let blocks = |count| {
            let work = (path.prepare)(count);
            let before = dhat::HeapStats::get().total_blocks;
            work();
            dhat::HeapStats::get().total_blocks - before
        };
        let each = per(blocks(2 * COUNT) - blocks(COUNT)) / per(COUNT);
        println!("allocations {} {each:.3}", path.name);
    }
}

async fn connected() -> (ScriptedAgent, Client) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new()).await.unwrap();
    (agent, client)
}

/// What a delta costs from the wire to a subscriber that drops it, and what stays.
async fn deltas() {
    const COUNT: u64 = 20_000;
    let (agent, client) = connected().await;
    let config = SessionConfig::new().session_id(frames::SESSION);
    let session = client.create_session(config).await.unwrap();
    let mut events = session.events();
    events.next().await.unwrap().unwrap();
    let mut wire: Vec<u8> = (0..COUNT)
        .flat_map(|number| frames::framed(&frames::delta(frames::SESSION, number)))
        .collect();
    wire.shrink_to_fit();
    let wire_bytes = wire.len() as u64;
    let before = dhat::HeapStats::get();
    // The agent's buffer is one block and freed again.
    agent.raw(wire);
    for _ in 0..COUNT {
        events.next().await.unwrap().unwrap();
    }
    agent.flushed().await;
    let after = dhat::HeapStats::get();
    let blocks = per(after.total_blocks - before.total_blocks) / per(COUNT);
    println!("ratio allocations_per_delta {blocks:.3}");
    // `before` had the wire's buffer, `after` has not.
    let kept = after.curr_bytes as u64 + wire_bytes - before.curr_bytes as u64;
    println!("ratio bytes_retained_per_delta_over_wire {:.3}", per(kept) / per(wire_bytes));
    println!(
        "bytes retained_per_delta {:.0} of {:.0}",
        per(kept) / per(COUNT),
        per(wire_bytes) / per(COUNT)
    );
}

/// Ten thousand sessions that nothing has happened to.
async fn idle_sessions() {
    const COUNT: u64 = 10_000;
    let (agent, client) = connected().await;
    agent.hold("session.create");
    let answering = tokio::spawn({
        let agent = agent.clone();
        async move {
            for _ in 0..COUNT {
                // Answered without an event: idle is what is measured.
                let request = agent.expect("session.create").await;
                let id = request.session_id();
                request.reply(serde_json::json!({ "sessionId": id }));
            }
        }
    });
    let mut sessions: Vec<ActiveSession> = Vec::with_capacity(usize::try_from(COUNT).unwrap());
    // The first ones pay for what is shared.
    for _ in 0..COUNT / 2 {
        sessions.push(client.create_session(SessionConfig::new()).await.unwrap());
    }
    let before = held(&agent);
    for _ in 0..COUNT / 2 {
        sessions.push(client.create_session(SessionConfig::new()).await.unwrap());
    }
    let after = held(&agent);
    answering.await.unwrap();
    println!("bytes idle_session {:.0}", per(after - before) / per(COUNT / 2));
    println!(
        "ratio idle_session_over_1_kb {:.3}",
        per(after - before) / per(COUNT / 2) / 1000.0
    );
    drop(sessions);
}

/// The bytes on the heap without those of the agent's own records.
fn held(agent: &ScriptedAgent) -> u64 {
    agent.forget_received();
    dhat::HeapStats::get().curr_bytes as u64
}
