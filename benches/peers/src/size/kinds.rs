//! `size-kinds`: one question, and every event by its type.

use anyhow::Result;
use copilot_sessions::{Client, ClientOptions, SessionConfig};
use futures::TryStreamExt;
use tokio::io::{stdin, stdout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let client = Client::connect(stdin(), stdout(), ClientOptions::new()).await?;
    let session = client.create_session(SessionConfig::new()).await?;
    session.send_and_wait("What is 2 + 2?").await?;
    let mut events = session.disconnect().await?.events();
    while let Some(event) = events.try_next().await? {
        eprintln!("{:?}", event.data().kind());
    }
    client.stop().await?;
    Ok(())
}
