//! The typed methods, against a scripted agent and against the schema they are made from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod answers;
mod client;
#[path = "../common/document.rs"]
mod document;
mod every;
#[path = "../common/methods.rs"]
mod methods;
mod round_trip;
#[path = "../common/schema.rs"]
mod schema;
#[path = "generated/table.rs"]
mod table;
mod tree;

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ActiveSession, Client, ClientOptions, SessionConfig};

async fn active() -> (ScriptedAgent, Client, ActiveSession) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new()).await.unwrap();
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    (agent, client, session)
}
