//! Turns: what a message's work is, when it ends, and how, against a hostile peer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod ask;
mod continued;
mod false_success;
#[path = "../common/hostile/mod.rs"]
mod peer;
mod unreadable;

use copilot_sessions::{ActiveSession, Client, ClientOptions, SessionConfig};
use serde_json::Value;

use self::peer::{Peer, Wire};

async fn with_session() -> (Peer, Client, ActiveSession) {
    let (mut peer, client) = Wire::Duplex.connect(ClientOptions::new()).await;
    let session = peer.start(client.create_session(SessionConfig::new().session_id("s"))).await;
    (peer, client, session)
}

/// Accepts the next message as this one.
async fn accept(peer: &mut Peer, message: &str) -> Value {
    let send = peer.expect("session.send").await;
    peer.answer(&send, &format!(r#"{{"messageId":"{message}"}}"#)).await;
    send
}

/// Sends events: kind and payload of each. The ids are numbered.
async fn tell(peer: &mut Peer, events: &[(&str, &str)]) {
    for (kind, data) in events {
        tell_one(peer, &format!(r#""type":"{kind}","data":{data}"#)).await;
    }
}

/// Sends an event with these members and an id.
async fn tell_one(peer: &mut Peer, members: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);

    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    peer.event("s", &format!(r#"{{"id":"e{id}",{members}}}"#)).await;
}

/// Lets every other task run until it waits.
async fn yields() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}
