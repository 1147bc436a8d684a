//! The measure `early`: how many of the events right after the answer to `session.create` a subscriber sees.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::sdk::{Item, Sdk};

/// When the subscriber is created.
#[derive(Clone, Copy)]
pub(crate) enum When {
    /// As soon as `create` has returned.
    AtOnce,
    /// After one more await.
    AfterAnAwait,
    /// Before the request is sent.
    First,
}

/// Counts the runs in which the subscriber saw all, part or none of `early` events.
pub(crate) async fn early<S: Sdk>(
    client: &S::Client,
    when: When,
    early: u32,
    runs: u32,
) -> Result<Value> {
    let model = format!("early {early}");
    let (mut all, mut part, mut none) = (0_u32, 0_u32, 0_u32);
    for _ in 0..runs {
        let (session, events) = match when {
            When::First => S::create_subscribed(client, &model, None).await?,
            When::AtOnce => {
                let session = S::create(client, &model).await?;
                let events = S::subscribe(&session);
                (session, events)
            }
            When::AfterAnAwait => {
                let session = S::create(client, &model).await?;
                tokio::task::yield_now().await;
                let events = S::subscribe(&session);
                (session, events)
            }
        };
        match seen::<S>(&session, events).await? {
            0 => none += 1,
            seen if seen < early => part += 1,
            _ => all += 1,
        }
        S::disconnect(session).await?;
    }
    Ok(json!({ "all": all, "part": part, "none": none }))
}

/// The number of events that the subscriber gets before the answer to a message.
async fn seen<S: Sdk>(session: &S::Session, mut events: S::Events) -> Result<u32> {
    S::send(session, "mark").await?;
    let mut seen = 0;
    loop {
        match S::next(&mut events).await {
            Item::Event(event) if S::read(&event).0 == "session.idle" => return Ok(seen),
            Item::Event(_) => seen += 1,
            Item::Missed(missed) => bail!("{missed} early events were missed"),
            Item::End => bail!("the stream ended"),
        }
    }
}
