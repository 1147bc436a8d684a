//! `size-kind`: one question, and all messages by their type.

use anyhow::Result;
use copilot_sessions::events::kinds::AssistantMessage;
use copilot_sessions::{Client, ClientOptions, EventStreamExt, SessionConfig};
use futures::TryStreamExt;
use tokio::io::{stdin, stdout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let client = Client::connect(stdin(), stdout(), ClientOptions::new()).await?;
    let session = client.create_session(SessionConfig::new()).await?;
    session.send_and_wait("What is 2 + 2?").await?;
    let mut messages = session.disconnect().await?.events().of::<AssistantMessage>();
    while let Some(message) = messages.try_next().await? {
        eprintln!("{}", message.content);
    }
    client.stop().await?;
    Ok(())
}
