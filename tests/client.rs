//! The client against a scripted agent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

#[path = "client/greeting.rs"]
mod greeting;
#[cfg(unix)]
#[path = "client/launching.rs"]
mod launching;
#[path = "client/news.rs"]
mod news;
#[path = "client/requests.rs"]
mod requests;
#[path = "client/traits.rs"]
mod traits;

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{Client, ClientOptions};

async fn connected(options: ClientOptions) -> (ScriptedAgent, Client) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await.unwrap();
    (agent, client)
}
