//! The measure `windows`: the time an event takes from the pipe to one subscriber, when no buffer overflows.

use std::hint;
use std::time::Instant;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::sdk::{Item, Sdk};

/// Nanoseconds per event, in windows that are smaller than every buffer on the way.
pub(crate) async fn windows<S: Sdk>(
    client: &S::Client,
    total: u32,
    window: u32,
) -> Result<Value> {
    let session = S::create(client, "early 0").await?;
    let mut events = S::subscribe(&session);
    let prompt = format!("window {window}");
    for _ in 0..8 {
        one_window::<S>(&session, &mut events, &prompt, window).await?;
    }
    let windows = total / window;
    let start = Instant::now();
    for _ in 0..windows {
        one_window::<S>(&session, &mut events, &prompt, window).await?;
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(json!({ "ns_per_event": seconds * 1e9 / f64::from(windows * window) }))
}

async fn one_window<S: Sdk>(
    session: &S::Session,
    events: &mut S::Events,
    prompt: &str,
    window: u32,
) -> Result<()> {
    S::send(session, prompt).await?;
    for _ in 0..window {
        match S::next(events).await {
            Item::Event(event) => {
                hint::black_box(&event);
            }
            Item::Missed(missed) => bail!("{missed} events of a window were missed"),
            Item::End => bail!("the stream ended"),
        }
    }
    Ok(())
}
