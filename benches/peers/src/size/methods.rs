//! `size-methods`: one question, and three of the typed methods.

use anyhow::Result;
use copilot_sessions::{Client, ClientOptions, SessionConfig};
use tokio::io::{stdin, stdout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let client = Client::connect(stdin(), stdout(), ClientOptions::new()).await?;
    let session = client.create_session(SessionConfig::new()).await?;
    let answer = session.send_and_wait("What is 2 + 2?").await?;
    eprintln!("{}, in mode {}", answer.text(), session.rpc().mode().get().await?);
    eprintln!("{} models", client.rpc().models().list().await?.models.len());
    eprintln!("{} tools", client.rpc().tools().list().await?.tools.len());
    client.stop().await?;
    Ok(())
}
