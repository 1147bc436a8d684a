//! `size-official`: one question and its answer, with the official crate, which decodes every event by its type.

use anyhow::Result;
use github_copilot_sdk::{Client, SessionConfig};
use tokio::io::{stdin, stdout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let client = Client::from_streams(stdin(), stdout(), std::env::current_dir()?)?;
    client.verify_protocol_version().await?;
    let session = client.create_session(SessionConfig::default()).await?;
    let answer = session.send_and_wait("What is 2 + 2?").await?;
    eprintln!("{:?}", answer.map(|event| event.data));
    client.stop().await?;
    Ok(())
}
