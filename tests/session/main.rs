//! Sessions against a scripted agent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod active;
mod cloud;
mod config;
mod early;
mod ends;
mod handles;
mod ids;
mod one_write;
mod start;
mod subscribers;

use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{
    ActiveSession, Client, ClientOptions, Event, EventStream, SessionConfig,
};
use futures::{StreamExt, TryStreamExt};

async fn connected() -> (ScriptedAgent, Client) {
    connected_with(ClientOptions::new()).await
}

async fn connected_with(options: ClientOptions) -> (ScriptedAgent, Client) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await.unwrap();
    (agent, client)
}

async fn active() -> (ScriptedAgent, Client, ActiveSession) {
    let (agent, client) = connected().await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    (agent, client, session)
}

/// The event number `number` of a test.
fn numbered(number: u64) -> AgentEvent {
    AgentEvent::new("test.numbered").id(format!("n{number}"))
}

/// The next `count` events, without a gap.
async fn take(events: EventStream, count: usize) -> Vec<Event> {
    events.take(count).try_collect().await.unwrap()
}

/// All events to the end of the log, without a gap.
async fn rest(events: EventStream) -> Vec<Event> {
    events.try_collect().await.unwrap()
}

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(copilot_sessions::Event::kind).collect()
}

fn seqs(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.seq().get()).collect()
}
