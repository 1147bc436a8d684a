//! A session outlives its program: what it was told in one process it knows in the next.
//!
//! Needs a runtime: `cargo run --features testing --example resume`. Prints the history as
//! the second process finds it.

mod common;

use copilot_sessions::testing::model::{ModelRequest, Reply};
use futures::TryStreamExt;

#[tokio::main]
async fn main() -> common::Result<()> {
    let setup = common::Setup::new(|_| "Noted.".into()).await?;
    if let Some(model) = &setup.model {
        model.respond_with(recall);
    }

    let session = setup.client.create_session(setup.config()).await?;
    let answer = session.send_and_wait("The word is heron. Keep it in mind.").await?;
    println!("# first process: {answer}");
    let id = session.id().clone();
    // Detaches the session and ends the runtime. All that is left is on the disk.
    setup.client.stop().await?;

    let client = common::Setup::another_client().await?;
    let session = client.resume_session(id, setup.resume_config()).await?;
    let history: Vec<_> = session.history().await?.events().try_collect().await?;
    for event in &history {
        println!("{} {}", event.seq(), event.kind());
    }
    let answer = session.send_and_wait("Which word?").await?;
    println!("# second process: {answer}");

    session.disconnect().await?;
    client.stop().await?;
    Ok(())
}

/// The scripted model's part, where there is no other: it has no memory but the
/// conversation that the runtime sends along.
fn recall(request: &ModelRequest) -> Reply {
    let asked = request.prompt().ends_with('?');
    let told = request.messages().iter().any(|message| message.to_string().contains("heron"));
    Reply::text(match (asked, told) {
        (true, true) => "Heron.",
        (true, false) => "Nobody has told me.",
        (false, _) => "Noted.",
    })
}
