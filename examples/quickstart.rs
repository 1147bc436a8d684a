//! A whole session: every event from the first one on, two questions, and all of it again.
//!
//! `cargo xtask quickstart` runs this with everything it needs. Prints `N KIND` for every
//! event, in order, without a gap.

mod common;

use copilot_sessions::{EventStream, Seq};
use futures::{StreamExt, TryStreamExt};

#[tokio::main]
async fn main() -> common::Result<()> {
    let setup = common::Setup::new(answer).await?;

    // Nothing has been sent yet: this stream sees the session from its very first event.
    let pending = setup.client.create_session(setup.config());
    let live = tokio::spawn(print(pending.events()));
    let session = pending.start().await?;

    for question in ["What is 2 + 2? Answer with a number.", "And twice that?"] {
        let answer = session.send_and_wait(question).await?;
        println!("# {question} {answer}");
    }

    // With the session its streams end, each after the last event.
    let closed = session.disconnect().await?;
    let live = live.await?;

    // The session is over, its story is not: it can be read again from the start.
    let replay: Vec<_> = closed.events().try_collect().await?;
    println!("# {}: {live} events live, {} in the replay", closed.reason(), replay.len());
    assert_eq!(replay.first().map(|event| event.seq()), Some(Seq::FIRST));
    assert_eq!(replay.len() as u64, live);

    setup.client.stop().await?;
    Ok(())
}

/// Prints every event and counts them.
async fn print(events: EventStream) -> u64 {
    let count = events.fold(0, |count, item| async move {
        match item {
            Ok(event) => println!("{} {}", event.seq(), event.kind()),
            Err(lagged) => println!("# {lagged}"),
        }
        count + 1
    });
    count.await
}

/// The scripted model's part, where there is no other.
fn answer(prompt: &str) -> String {
    if prompt.contains("2 + 2") { "4".into() } else { "8".into() }
}
