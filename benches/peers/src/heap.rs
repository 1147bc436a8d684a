//! What an idle session costs.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::sdk::Sdk;

/// Bytes allocated and not freed.
pub(crate) type Live = fn() -> usize;

/// Heap bytes a session, for so many of them without a subscriber, each after `early` events.
pub(crate) async fn heap<S: Sdk>(
    client: &S::Client,
    sessions: u32,
    early: u32,
    live: Live,
) -> Result<Value> {
    let model = format!("early {early}");
    let mut open = Vec::with_capacity(usize::try_from(sessions)?);
    // Whatever is made for the first session only.
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
    // A heap that has shrunk is no cost.
    let bytes = after.saturating_sub(before) / open_count;
    let sessions = f64::from(sessions);
    Ok(json!({
        "bytes_per_session": bytes,
        "us_per_create": seconds * 1e6 / sessions,
    }))
}

/// The live bytes once they don't change any more.
async fn settled<S: Sdk>(client: &S::Client, live: Live) -> Result<usize> {
    let mut last = usize::MAX;
    for _ in 0..100 {
        // All events that were sent have been read after this; then everybody gets a turn.
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
