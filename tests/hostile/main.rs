//! A client and a hostile peer: whatever the peer sends, and however it cuts, repeats, reorders,
//! delays or ends it, each event is in a log, in a gap or in a counter, and every reader's account
//! balances.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

#[path = "../common/account.rs"]
mod account;
mod activations;
mod answers;
mod clouds;
mod cuts;
mod forms;
mod order;
mod oversized;
#[path = "../common/hostile/mod.rs"]
mod peer;
mod readers;
mod schedules;

use copilot_sessions::{
    ActiveSession, Client, ClientOptions, ResumeConfig, SessionConfig, SessionId,
};
use serde_json::json;

use self::peer::{Peer, Wire};

/// A client with default options, over memory.
async fn connected() -> (Peer, Client) {
    Wire::Duplex.connect(ClientOptions::new()).await
}

/// A client with a started session `s`.
async fn with_session(wire: Wire, options: ClientOptions) -> (Peer, Client, ActiveSession) {
    let (mut peer, client) = wire.connect(options).await;
    let session = peer.start(client.create_session(named("s"))).await;
    (peer, client, session)
}

fn named(id: impl Into<SessionId>) -> SessionConfig {
    SessionConfig::new().session_id(id)
}

fn resumed(client: &Client, id: &str) -> copilot_sessions::PendingSession {
    client.resume_session(id, ResumeConfig::new())
}

/// A session whose id the peer chooses.
fn cloud() -> SessionConfig {
    SessionConfig::new().cloud(json!({ "repository": "o/r" }))
}
