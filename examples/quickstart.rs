//! Quickstart: create a session, print its events live, send two messages, replay its log.
//!
//! `cargo xtask quickstart` runs this on a real runtime, or on the scripted agent without one.
//! It prints `N KIND` for every event, in order and without a gap.

mod common;

use copilot_sessions::{EventStream, Seq};
use futures::{StreamExt, TryStreamExt};

#[tokio::main]
async fn main() -> common::Result<()> {
    let setup = common::Setup::new(answer).await?;

    // Nothing has been sent yet, so this stream gets every event from the first one on.
    let pending = setup.client.create_session(setup.config());
    let live = tokio::spawn(print(pending.events()));
    let session = pending.start().await?;

    for question in ["What is 2 + 2? Answer with a number.", "And twice that?"] {
        let answer = session.send_and_wait(question).await?;
        println!("# {question} {answer}");
    }

    // A disconnect ends the session's streams, each after the last event.
    let closed = session.disconnect().await?;
    let live = live.await?;

    // The events of a closed session can still be read, from the first one on.
    let replay: Vec<_> = closed.events().try_collect().await?;
    println!("# {}: {live} events live, {} in the replay", closed.reason(), replay.len());
    assert_eq!(replay.first().map(copilot_sessions::Event::seq), Some(Seq::FIRST));
    assert_eq!(replay.len() as u64, live);

    setup.client.stop().await?;
    Ok(())
}

/// Prints every event, and returns how many there were.
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

/// The answer of the scripted agent or model, if one takes the place of a real one.
fn answer(prompt: &str) -> String {
    if prompt.contains("2 + 2") { "4".into() } else { "8".into() }
}
