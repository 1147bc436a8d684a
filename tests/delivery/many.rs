//! One connection carries many sessions, and none of them pays for another.

use copilot_sessions::events::LogBounds;
use copilot_sessions::{ClientOptions, SessionConfig};

use crate::account::{Pace, Reading};
use crate::{BURST, connected, current_thread, delta, multi_thread};

async fn a_burst_of_one_among_many() {
    let options = ClientOptions::new()
        .log_bounds(LogBounds::default().max_events(4096).max_bytes(usize::MAX));
    let (agent, client) = connected(options).await;
    let busy = client.create_session(SessionConfig::new()).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..20 {
        let pending = client.create_session(SessionConfig::new());
        let reading = tokio::spawn(Reading::of(pending.events(), Pace::Fast));
        others.push((pending.await.unwrap(), reading));
    }
    for part in 0..10 {
        agent.burst(busy.id(), BURST / 10, |number| delta(part * (BURST / 10) + number));
        for (other, _) in &others {
            agent.burst(other.id(), 10, |number| delta(part * 10 + number));
        }
    }
    // Replies come through while nobody reads the busy session.
    client.ping("").await.unwrap();
    for (other, reading) in others {
        other.disconnect().await.unwrap();
        reading.await.unwrap().check_complete(1 + 100 + 1);
    }
    let closed = busy.disconnect().await.unwrap();
    Reading::of(closed.events(), Pace::Fast).await.check(1 + BURST + 1);
}

#[test]
fn a_burst_of_one_session_loses_no_event_of_another() {
    current_thread().block_on(a_burst_of_one_among_many());
    multi_thread().block_on(async { tokio::spawn(a_burst_of_one_among_many()).await.unwrap() });
}

#[test]
fn sessions_that_alternate_event_by_event_are_kept_apart() {
    current_thread().block_on(async {
        let (agent, client) = connected(ClientOptions::new()).await;
        let mut sessions = Vec::new();
        for _ in 0..10 {
            sessions.push(client.create_session(SessionConfig::new()).await.unwrap());
        }
        for number in 0..1000 {
            for session in &sessions {
                agent.burst(session.id(), 1, |_| delta(number));
            }
        }
        client.ping("").await.unwrap();
        for session in sessions {
            let closed = session.disconnect().await.unwrap();
            Reading::of(closed.events(), Pace::Fast).await.check_complete(1 + 1000 + 1);
        }
    });
}
