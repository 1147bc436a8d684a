//! The client against a scripted agent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

#[cfg(unix)]
mod command_line;
mod handshake;
mod lifecycle;
mod requests;
mod traits;

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{Client, ClientOptions};

async fn connected(options: ClientOptions) -> (ScriptedAgent, Client) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await.unwrap();
    (agent, client)
}
