//! The measure `turns`: how many turns of `send_and_wait` end per second, on one or many sessions at once.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::sdk::Sdk;

/// A turn that takes longer counts as lost: the event that ends it has not come.
const LIMIT: Duration = Duration::from_secs(5);

/// Turns per second of `sessions` sessions at once, each with one turn after the other in its own task. A session whose
/// turn does not end, or ends without the answer, stops and is counted as lost.
pub(crate) async fn turns<S: Sdk>(
    client: &S::Client,
    sessions: u32,
    turns: u32,
) -> Result<Value> {
    let mut open = Vec::new();
    for _ in 0..sessions {
        let session = S::create(client, "early 1").await?;
        // One turn before the measurement, for everything that the first use creates.
        S::send_and_wait(&session, "turn").await?;
        open.push(session);
    }
    let spent_before = processor_time()?;
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for session in open {
        tasks.spawn(in_turn::<S>(session, turns));
    }
    let (mut ended, mut without, mut last) = (0.0, 0, start);
    while let Some(task) = tasks.join_next().await {
        let done = task.context("a session's task panicked")??;
        ended += f64::from(done.turns);
        without += u32::from(done.turns < turns);
        last = last.max(done.last);
    }
    let seconds = (last - start).as_secs_f64();
    let spent = (processor_time()? - spent_before).as_secs_f64();
    Ok(json!({
        "turns_per_second": ended / seconds,
        "processor_us_per_turn": spent * 1e6 / ended,
        "lost": without,
    }))
}

/// What all threads of this process have spent on a processor.
fn processor_time() -> Result<Duration> {
    let mut spent = Duration::ZERO;
    for thread in std::fs::read_dir("/proc/self/task").context("only Linux tells the time")? {
        let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanoseconds = times.split(' ').next().unwrap_or_default();
        spent += Duration::from_nanos(nanoseconds.parse().context("no time")?);
    }
    Ok(spent)
}

/// The turns of a session that ended, and when the last one did.
struct Done {
    turns: u32,
    last: Instant,
}

async fn in_turn<S: Sdk>(session: S::Session, turns: u32) -> Result<Done> {
    let mut last = Instant::now();
    for turn in 0..turns {
        let answered = timeout(LIMIT, S::send_and_wait(&session, "turn")).await;
        if !answered.unwrap_or(Ok(false))? {
            return Ok(Done { turns: turn, last });
        }
        last = Instant::now();
    }
    Ok(Done { turns, last })
}
