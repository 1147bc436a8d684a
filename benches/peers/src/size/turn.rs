//! `size-turn`: one question and its answer, and nothing else.

use anyhow::Result;
use copilot_sessions::{Client, ClientOptions, SessionConfig};
use tokio::io::{stdin, stdout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let client = Client::connect(stdin(), stdout(), ClientOptions::new()).await?;
    let session = client.create_session(SessionConfig::new()).await?;
    let answer = session.send_and_wait("What is 2 + 2?").await?;
    eprintln!("{}", answer.text());
    client.stop().await?;
    Ok(())
}
