//! How the time of a stop grows with the number of sessions.
//!
//! `cargo bench --features testing,__internals --bench stop`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

use std::time::{Duration, Instant};

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ClientOptions, SessionConfig};
use futures::future::join_all;

/// Each repetition takes both sizes in turn, so that a machine whose speed drifts slows down both.
const REPETITIONS: usize = 7;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut quotients = Vec::new();
    let mut times = Vec::new();
    for _ in 0..REPETITIONS {
        let few = runtime.block_on(stop(16_000));
        let many = runtime.block_on(stop(32_000));
        quotients.push(many.as_secs_f64() / few.as_secs_f64());
        times.push((few, many));
    }
    quotients.sort_by(f64::total_cmp);
    println!("times (16,000 and 32,000 sessions): {times:.1?}");
    println!("ratio stop-32k-16k {:.3}", quotients[REPETITIONS / 2]);
}

/// How long a stop takes with so many sessions.
async fn stop(sessions: usize) -> Duration {
    let agent = ScriptedAgent::new();
    let limits = Duration::from_secs(600);
    let options = ClientOptions::new().stop_answer_timeout(limits);
    let client = agent.connect(options).await.unwrap();
    let mut active = Vec::with_capacity(sessions);
    // In parts, so that no queue is full.
    for part in 0..sessions / 1000 {
        let starts = (0..1000).map(|number| {
            let id = format!("{part}-{number}");
            client.create_session(SessionConfig::new().session_id(id)).start()
        });
        active.extend(join_all(starts).await.into_iter().map(Result::unwrap));
    }
    let before = Instant::now();
    let report = client.stop().await.unwrap();
    let elapsed = before.elapsed();
    assert_eq!(report.unhandled(), 0);
    drop(active);
    elapsed
}
