//! Round trips of `send_and_wait`.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::sdk::Sdk;

/// A turn that takes longer has lost what would have ended it.
const LIMIT: Duration = Duration::from_secs(5);

/// Turns a second: so many sessions at once, each one turn after the other in a task of its own. A session whose turn
/// does not end, or ends without the answer, takes no further one, and is counted.
pub(crate) async fn turns<S: Sdk>(
    client: &S::Client,
    sessions: u32,
    turns: u32,
) -> Result<Value> {
    let mut open = Vec::new();
    for _ in 0..sessions {
        let session = S::create(client, "early 1").await?;
        // Once unmeasured: whatever is made on first use is made.
        S::send_and_wait(&session, "turn").await?;
        open.push(session);
    }
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
    Ok(json!({ "turns_per_second": ended / seconds, "lost": without }))
}

/// What a session has got done, and when.
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
