//! Nothing is lost: a burst of 100,000 events, over every kind of stream and both kinds of
//! tokio runtime, with a fast, a slow and a late subscriber.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

#[path = "../common/account.rs"]
mod account;
mod many;
mod transports;

use copilot_sessions::events::LogBounds;
use copilot_sessions::testing::{AgentEvent, ScriptedAgent};
use copilot_sessions::{Client, ClientOptions, SessionConfig};

use self::account::{Books, Pace, Reading};
use self::transports::Wire;

const BURST: u64 = 100_000;

fn delta(number: u64) -> AgentEvent {
    AgentEvent::delta("m", "tok ").id(format!("n{number}"))
}

/// Bursts through `wire` and accounts for every event of every subscriber.
async fn burst(wire: Wire, bounds: LogBounds) {
    let (agent, client) = wire.connect(ClientOptions::new().log_bounds(bounds)).await;
    let pending = client.create_session(SessionConfig::new());
    let fast = tokio::spawn(Reading::of(pending.events(), Pace::Fast));
    let slow = tokio::spawn(Reading::of(pending.events(), Pace::Slow));
    let session = pending.await.unwrap();
    agent.burst(session.id(), BURST, delta);
    // Its answer comes behind the burst, while subscribers may still be far behind.
    client.ping("").await.unwrap();
    let late = tokio::spawn(Reading::of(session.events(), Pace::Fast));
    let published = BURST + 1;
    assert_eq!(session.stats().published, published);
    let closed = session.disconnect().await.unwrap();
    let after_the_end = Reading::of(closed.events(), Pace::Fast).await;
    let roomy = bounds == LogBounds::default();
    for reading in
        [fast.await.unwrap(), slow.await.unwrap(), late.await.unwrap(), after_the_end]
    {
        // With the shutdown's event.
        reading.check(published + 1);
        if roomy {
            reading.check_complete(published + 1);
        }
    }
    assert_eq!(closed.stats().duplicates, 0);
    Books::of(published + 1).session(&closed.stats(), 0).client(&client).check();
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

macro_rules! bursts {
    ($($name:ident: $runtime:ident, $wire:expr;)*) => {
        $(
            mod $name {
                use super::*;

                #[test]
                fn every_subscriber_sees_every_event_in_order() {
                    $runtime().block_on(burst($wire, LogBounds::default()));
                }

                #[test]
                fn with_a_small_backlog_seen_and_missed_make_up_what_was_sent() {
                    $runtime().block_on(burst($wire, LogBounds::default().max_events(1024).max_bytes(usize::MAX)));
                }
            }
        )*
    };
}

bursts! {
    duplex_current_thread: current_thread, Wire::Duplex;
    duplex_multi_thread: multi_thread, Wire::Duplex;
    tcp_current_thread: current_thread, Wire::Tcp;
    tcp_multi_thread: multi_thread, Wire::Tcp;
}

#[cfg(unix)]
bursts! {
    pipe_current_thread: current_thread, Wire::Pipe;
    pipe_multi_thread: multi_thread, Wire::Pipe;
}

async fn connected(options: ClientOptions) -> (ScriptedAgent, Client) {
    Wire::Duplex.connect(options).await
}
