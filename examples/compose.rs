//! Sessions are streams: the same combinators work on what happens now, on what has
//! happened, and on several sessions at once.

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

    // Live: the text of both sessions as it is written, merged into one stream.
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

    // Replayed: which kinds made up the turn, from the first event on, up to its end.
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

    // A stream ends when its session does, so a fold over a whole session has a result.
    let (first, second) = (first.disconnect().await?, second.disconnect().await?);
    let said = both.await??;
    for (name, session) in [("first", &first), ("second", &second)] {
        let complete: String = session
            .events()
            .of::<AssistantMessage>()
            .map_ok(|message| message.content.clone())
            .try_collect()
            .await?;
        // Pieces are previews, the message is the truth; without a retry they agree.
        println!("# {name}: deltas match the message: {}", said.get(name) == Some(&complete));
    }
    setup.client.stop().await?;
    Ok(())
}
