//! The measure `heap`: bytes on the heap per idle session.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::sdk::Sdk;

/// Bytes allocated and not freed.
pub(crate) type LiveBytes = fn() -> usize;

/// Heap bytes per session, for `sessions` sessions without a subscriber, each after `early` events.
pub(crate) async fn heap<S: Sdk>(
    client: &S::Client,
    sessions: u32,
    early: u32,
    live: LiveBytes,
) -> Result<Value> {
    let model = format!("early {early}");
    let mut open = Vec::with_capacity(usize::try_from(sessions)?);
    // Allocations that only the first session makes are not counted.
    let first = S::create(client, &model).await?;
    let before = settled::<S>(client, live).await?;
    let start = Instant::now();
    for _ in 0..sessions {
        open.push(S::create(client, &model).await?);
    }
    let seconds = start.elapsed().as_secs_f64();
    let after = settled::<S>(client, live).await?;
    let open_count = open.len().max(1);
    drop((first, open));
    // A heap that has become smaller counts as zero.
    let bytes = after.saturating_sub(before) / open_count;
    let sessions = f64::from(sessions);
    Ok(json!({
        "bytes_per_session": bytes,
        "us_per_create": seconds * 1e6 / sessions,
    }))
}

/// The live bytes once they no longer change.
async fn settled<S: Sdk>(client: &S::Client, live: LiveBytes) -> Result<usize> {
    let mut last = usize::MAX;
    for _ in 0..100 {
        // After the ping, all events that were sent have been read; the sleep lets all tasks run.
        S::ping(client).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = live();
        if now == last {
            return Ok(now);
        }
        last = now;
    }
    bail!("the heap does not settle")
}
