//! Lifecycle events and the state of the connection.

use copilot_sessions::session::{ConnectionState, LifecycleKind};
use copilot_sessions::{ClientOptions, CloseReason, SessionConfig};
use futures::StreamExt;
use serde_json::json;

use crate::connected;

#[tokio::test]
async fn lifecycle_events_of_all_sessions_arrive_in_order() {
    let (agent, client) = connected(ClientOptions::new()).await;
    let mut news = client.lifecycle_events();
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    agent.lifecycle("session.updated", "foreign");
    agent.lifecycle("session.foreground", "foreign");
    agent.lifecycle("session.background", "foreign");
    agent.lifecycle("session.imagined", "foreign");
    session.delete().await.unwrap();
    let mut kinds = Vec::new();
    for _ in 0..6 {
        kinds.push(news.next().await.unwrap().unwrap().kind);
    }
    let imagined = LifecycleKind::Other("session.imagined".into());
    let expected = [
        LifecycleKind::Created,
        LifecycleKind::Updated,
        LifecycleKind::Foreground,
        LifecycleKind::Background,
        imagined,
        LifecycleKind::Deleted,
    ];
    assert_eq!(kinds, expected);
    client.stop().await.unwrap();
    assert!(news.next().await.is_none());
}

#[tokio::test]
async fn a_slow_reader_of_lifecycle_events_is_told_how_many_it_missed() {
    let (agent, client) = connected(ClientOptions::new().lifecycle_capacity(8)).await;
    let mut news = client.lifecycle_events();
    for number in 0..20 {
        agent.lifecycle("session.updated", format!("{number}"));
    }
    client.ping("").await.unwrap();
    let lagged = news.next().await.unwrap().unwrap_err();
    assert_eq!(lagged.missed, 12);
    assert!(lagged.to_string().contains("12"), "{lagged}");
    for number in 12..20 {
        let event = news.next().await.unwrap().unwrap();
        assert_eq!(event.session_id.as_str(), number.to_string());
    }
}

#[tokio::test]
async fn the_text_of_a_lifecycle_event_is_kept_up_to_64_kib() {
    let (agent, client) = connected(ClientOptions::new()).await;
    let mut news = client.lifecycle_events();
    let text = |length: usize| {
        let rest = r#"{"type":"session.updated","sessionId":"s","x":""}"#.len();
        json!({ "type": "session.updated", "sessionId": "s", "x": "x".repeat(length - rest) })
    };
    for length in [65_536, 65_537] {
        agent.notify("session.lifecycle", text(length));
    }
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(news.next().await.unwrap().unwrap().raw.len());
    }
    assert_eq!(kept, [65_536, 0]);
}

#[tokio::test]
async fn the_state_of_the_connection_can_be_watched_to_its_end() {
    let (agent, client) = connected(ClientOptions::new()).await;
    assert_eq!(client.connection_state(), ConnectionState::Connected);
    let mut states = client.connection_states();
    assert_eq!(states.next().await, Some(ConnectionState::Connected));
    agent.cut();
    let Some(ConnectionState::Closed(reason)) = states.next().await else { panic!() };
    assert!(matches!(reason, CloseReason::ConnectionLost(_)));
    assert_eq!(states.next().await, None);

    let (_agent, client) = connected(ClientOptions::new()).await;
    let states = client.connection_states();
    client.stop().await.unwrap();
    let last = states.collect::<Vec<_>>().await.pop();
    assert_eq!(last, Some(ConnectionState::Closed(CloseReason::ClientStopped)));
}
