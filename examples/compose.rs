//! Stream adapters on sessions: live events, replayed events, and several sessions merged.
//!
//! `cargo run --features testing --example compose`. Merges the deltas of two sessions into one
//! stream, counts the events of a turn by kind, and collects the messages of each session.

mod common;

use std::collections::BTreeMap;

use copilot_sessions::EventStreamExt;
use copilot_sessions::events::kinds::{AssistantMessage, AssistantMessageDelta};
use futures::{TryStreamExt, future, stream};

#[tokio::main]
async fn main() -> common::Result<()> {
    let setup = common::Setup::new(|prompt| format!("You asked: {prompt}")).await?;
    let first = setup.client.create_session(setup.config()).await?;
    let second = setup.client.create_session(setup.config()).await?;

    // Live: the text deltas of both sessions, merged into one stream.
    let texts = [("first", &first), ("second", &second)].map(|(name, session)| {
        session
            .live_events()
            .of::<AssistantMessageDelta>()
            .map_ok(move |delta| (name, delta.delta_content.clone()))
    });
    let both = tokio::spawn(
        stream::select_all(texts)
            .inspect_ok(|(name, text)| println!("{name}: {text}"))
            .try_fold(BTreeMap::<_, String>::new(), |mut said, (name, text)| {
                said.entry(name).or_default().push_str(&text);
                future::ok(said)
            }),
    );
    let (one, two) = futures::join!(first.send_and_wait("one?"), second.send_and_wait("two?"));
    println!("# answers: {} | {}", one?, two?);

    // Replayed: the events of the first turn, from the first event to its idle, by kind.
    let kinds = first.events().until_idle().try_fold(
        BTreeMap::<_, usize>::new(),
        |mut kinds, event| {
            *kinds.entry(event.kind().to_owned()).or_default() += 1;
            future::ok(kinds)
        },
    );
    for (kind, count) in kinds.await? {
        println!("{count:>4} {kind}");
    }

    // A stream ends when its session does, so a fold over a whole session completes.
    let (first, second) = (first.disconnect().await?, second.disconnect().await?);
    let said = both.await??;
    for (name, session) in [("first", &first), ("second", &second)] {
        let complete: String = session
            .events()
            .of::<AssistantMessage>()
            .map_ok(|message| message.content.clone())
            .try_collect()
            .await?;
        // Deltas are a preview, the message is final. They may differ after a retry.
        println!("# {name}: deltas match the message: {}", said.get(name) == Some(&complete));
    }
    setup.client.stop().await?;
    Ok(())
}
