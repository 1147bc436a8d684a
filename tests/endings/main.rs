//! The ends of sessions: what meets at an end, and what the next session with the id sees of it.
//!
//! Time is paused: a limit that nobody else ends passes at once, and none passes otherwise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod activations;
mod answers;
mod deletions;
mod drains;
mod inside;
mod limits;
mod once;
mod pairs;
#[path = "../common/hostile/mod.rs"]
mod peer;
mod queued;

use copilot_sessions::session::{StopError, StopReport};
use copilot_sessions::{
    ActiveSession, Client, ClientOptions, PendingSession, ResumeConfig, SessionConfig,
};
use tokio::task::JoinHandle;

use self::peer::{Peer, Wire};

const DETACHED: &str = r#"{"success":true}"#;

async fn connected_with(options: ClientOptions) -> (Peer, Client) {
    Wire::Duplex.connect(options).await
}

async fn connected() -> (Peer, Client) {
    connected_with(ClientOptions::new()).await
}

fn named(id: &str) -> SessionConfig {
    SessionConfig::new().session_id(id)
}

fn resumed(client: &Client) -> PendingSession {
    client.resume_session("s", ResumeConfig::new())
}

async fn with_session_and(options: ClientOptions) -> (Peer, Client, ActiveSession) {
    let (mut peer, client) = connected_with(options).await;
    let session = peer.start(client.create_session(named("s"))).await;
    (peer, client, session)
}

async fn with_session() -> (Peer, Client, ActiveSession) {
    with_session_and(ClientOptions::new()).await
}

fn stopping(client: &Client) -> JoinHandle<Result<StopReport, StopError>> {
    let client = client.clone();
    tokio::spawn(async move { client.stop().await })
}

/// Lets every other task run until it waits.
async fn yields() {
    for _ in 0..30 {
        tokio::task::yield_now().await;
    }
}

/// How many requests of a method the client has sent by now that no test has taken.
async fn sent(peer: &mut Peer, client: &Client, method: &str) -> usize {
    yields().await;
    peer.settle(client).await;
    yields().await;
    peer.settle(client).await;
    peer.waiting(method)
}

/// Tells of a change of the session's existence.
async fn lifecycle(peer: &mut Peer, kind: &str) {
    peer.send(format!(
        r#"{{"jsonrpc":"2.0","method":"session.lifecycle","params":{{"type":"{kind}","sessionId":"s"}}}}"#
    ))
    .await;
}
