//! The typed methods, against a scripted agent and against the schema they are made from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

#[path = "methods/answers.rs"]
mod answers;
#[path = "methods/client.rs"]
mod client;
#[path = "common/document.rs"]
mod document;
#[path = "methods/every.rs"]
mod every;
#[path = "common/methods.rs"]
mod methods;
#[path = "methods/round_trip.rs"]
mod round_trip;
#[path = "common/schema.rs"]
mod schema;
#[path = "methods/generated/table.rs"]
mod table;
#[path = "methods/tree.rs"]
mod tree;

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{ActiveSession, Client, ClientOptions, SessionConfig};

async fn active() -> (ScriptedAgent, Client, ActiveSession) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(ClientOptions::new()).await.unwrap();
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    (agent, client, session)
}
