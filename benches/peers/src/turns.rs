//! Round trips of `send_and_wait`.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::sdk::Sdk;

/// Turns a second: so many sessions at once, each one turn after the other in a task of its own.
pub(crate) async fn turns<S: Sdk>(
    client: &S::Client,
    sessions: u32,
    turns: u32,
) -> Result<Value> {
    let mut open = Vec::new();
    for _ in 0..sessions {
        open.push(Arc::new(S::create(client, "early 1").await?));
    }
    // Once unmeasured: whatever is made on first use is made.
    round::<S>(&open, 1).await?;
    let start = Instant::now();
    round::<S>(&open, turns).await?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(json!({ "turns_per_second": f64::from(sessions) * f64::from(turns) / seconds }))
}

async fn round<S: Sdk>(sessions: &[Arc<S::Session>], turns: u32) -> Result<()> {
    let mut tasks = JoinSet::new();
    for session in sessions {
        let session = Arc::clone(session);
        tasks.spawn(async move {
            for _ in 0..turns {
                S::send_and_wait(&session, "turn").await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.context("a session's task panicked")??;
    }
    Ok(())
}
