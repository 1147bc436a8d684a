//! Resume a session: its history and the conversation survive the end of the runtime process.
//!
//! `cargo run --features testing --example resume` with a runtime installed. It sends a message
//! in one runtime process, resumes the session in a second one, prints the history and asks
//! about the message.

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
    // Detaches the session and ends the runtime. The session is now on disk only.
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

/// The reply of the scripted model, if one takes the place of a real one. It knows only the
/// conversation that the runtime sends with each request.
fn recall(request: &ModelRequest) -> Reply {
    let asked = request.prompt().ends_with('?');
    let told = request.messages().iter().any(|message| message.to_string().contains("heron"));
    Reply::text(match (asked, told) {
        (true, true) => "Heron.",
        (true, false) => "Nobody has told me.",
        (false, _) => "Noted.",
    })
}
