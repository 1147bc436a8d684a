//! Notifications: their order, what no handler is there for, what no room is there for.

use std::sync::Arc;

use copilot_sessions::session::RuntimeNotification;
use copilot_sessions::{ClientOptions, SessionConfig};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use crate::connected;

const TELEMETRY: &str = "gitHubTelemetry.event";

/// A handler that notes with this text what it got.
fn noted(
    by: &'static str,
    notes: &mpsc::UnboundedSender<String>,
) -> impl Fn(RuntimeNotification) -> std::future::Ready<()> + Send + Sync + use<> {
    let notes = notes.clone();
    move |notification| {
        let params: Value = notification.params().unwrap();
        let note = format!("{by}: {} {}", notification.method(), params["n"]);
        let _ = notes.send(note);
        std::future::ready(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn notifications_of_a_handler_are_handled_in_the_order_of_their_arrival() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let handler = move |notification: RuntimeNotification| {
        let tell = tell.clone();
        async move {
            let params: Value = notification.params().unwrap();
            let n = params["n"].as_u64().unwrap();
            for _ in 0..n % 3 {
                tokio::task::yield_now().await;
            }
            tell.send((notification.method().to_owned(), n)).unwrap();
        }
    };
    let (agent, client) =
        connected(ClientOptions::new().on_notification([TELEMETRY, "n"], handler)).await;
    let method = |n| if n % 2 == 0 { TELEMETRY } else { "n" };
    for n in 0..2000 {
        agent.notify(method(n), json!({ "n": n }));
    }
    for n in 0..2000 {
        assert_eq!(told.recv().await, Some((method(n).to_owned(), n)));
    }
    assert_eq!((client.dropped_notifications(), client.unhandled_notifications()), (0, 0));
}

#[tokio::test]
async fn a_session_goes_before_the_client_and_what_nobody_handles_is_counted() {
    let (notes, mut noted_by) = mpsc::unbounded_channel();
    let options = ClientOptions::new().on_notification("a", noted("client", &notes));
    let (agent, client) = connected(options).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let guard = session.handle_notifications(["a", "b"], noted("session", &notes)).unwrap();
    session.handle_notifications("b", noted("again", &notes)).unwrap_err();
    session.handle_notifications("session.event", noted("never", &notes)).unwrap_err();
    let notify = async |method: &str, n: u8| {
        agent.notify(method, json!({ "sessionId": session.id(), "n": n }));
        // Behind the notification.
        client.ping("").await.unwrap();
    };
    notify("a", 1).await;
    assert_eq!(noted_by.recv().await.unwrap(), "session: a 1");
    notify("b", 2).await;
    assert_eq!(noted_by.recv().await.unwrap(), "session: b 2");
    agent.notify("a", json!({ "n": 3 }));
    assert_eq!(noted_by.recv().await.unwrap(), "client: a 3");
    assert_eq!(client.unhandled_notifications(), 0);
    notify("c", 4).await;
    assert_eq!(client.unhandled_notifications(), 1);
    drop(guard);
    notify("b", 5).await;
    assert_eq!(client.unhandled_notifications(), 2);
    notify("a", 6).await;
    assert_eq!(noted_by.recv().await.unwrap(), "client: a 6");
    let added = client.handle_notifications("c", noted("late", &notes)).unwrap();
    notify("c", 7).await;
    assert_eq!(noted_by.recv().await.unwrap(), "late: c 7");
    drop(added);
    // No session events or lifecycle events are among them.
    assert_eq!((client.dropped_notifications(), client.unhandled_notifications()), (0, 2));
}

#[tokio::test]
async fn the_fallback_gets_what_has_no_handler_and_nothing_that_this_crate_reads() {
    let (notes, mut noted_by) = mpsc::unbounded_channel();
    let options = ClientOptions::new()
        .on_any_notification(noted("fallback", &notes))
        .on_notification("a", noted("a", &notes));
    drop(notes);
    let (agent, client) = connected(options).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    session.send_and_wait("hello").await.unwrap();
    agent.lifecycle("session.updated", session.id());
    agent.notify("a", json!({ "n": 1 }));
    agent.notify("b", json!({ "n": 2 }));
    client.stop().await.unwrap();
    drop((session, client));
    let mut all = Vec::new();
    while let Some(note) = noted_by.recv().await {
        all.push(note);
    }
    all.sort();
    assert_eq!(all, ["a: a 1", "fallback: b 2"]);
}

#[tokio::test]
async fn what_finds_no_room_is_counted_and_delays_no_other_handler() {
    let (go, entered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (finish, mut finished) = mpsc::unbounded_channel();
    let handler = {
        let (go, entered) = (Arc::clone(&go), Arc::clone(&entered));
        move |notification: RuntimeNotification| {
            let (go, entered, finish) = (Arc::clone(&go), Arc::clone(&entered), finish.clone());
            async move {
                let n: u64 = notification.params().unwrap();
                if n == 0 {
                    entered.notify_one();
                    go.notified().await;
                }
                finish.send(n).unwrap();
            }
        }
    };
    let (notes, mut noted_by) = mpsc::unbounded_channel();
    let options = ClientOptions::new()
        .on_notification("slow", handler)
        .on_notification("fast", noted("fast", &notes));
    let (agent, client) = connected(options).await;
    agent.notify("slow", json!(0));
    entered.notified().await;
    for n in 1..=4096 + 7 {
        agent.notify("slow", json!(n));
    }
    agent.notify("fast", json!({ "n": 1 }));
    assert_eq!(noted_by.recv().await.unwrap(), "fast: fast 1");
    client.ping("").await.unwrap();
    assert_eq!(client.dropped_notifications(), 7);
    go.notify_one();
    for n in 0..=4096 {
        assert_eq!(finished.recv().await, Some(n));
    }
    agent.notify("slow", json!(5000));
    assert_eq!(finished.recv().await, Some(5000));
    assert_eq!((client.dropped_notifications(), client.unhandled_notifications()), (7, 0));
}

#[tokio::test]
async fn notifications_that_wait_are_bounded_by_their_bytes() {
    let go = Arc::new(Notify::new());
    let handler = {
        let go = Arc::clone(&go);
        move |_: RuntimeNotification| {
            let go = Arc::clone(&go);
            async move { go.notified().await }
        }
    };
    let (agent, client) = connected(ClientOptions::new().on_notification("m", handler)).await;
    // The first is handled, two more are within 16 MiB, and the fourth is not.
    let text = "x".repeat(7 << 20);
    for _ in 0..4 {
        agent.notify("m", json!(text));
    }
    client.ping("").await.unwrap();
    assert_eq!(client.dropped_notifications(), 1);
    go.notify_one();
}

#[tokio::test]
async fn a_panic_costs_one_notification() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let handler = move |notification: RuntimeNotification| {
        let n: u64 = notification.params().unwrap();
        assert!(n != 1, "as told");
        tell.send(n).unwrap();
        async move { assert!(n != 2, "as told") }
    };
    let (agent, _client) = connected(ClientOptions::new().on_notification("m", handler)).await;
    for n in 0..5 {
        agent.notify("m", json!(n));
    }
    for n in [0, 2, 3, 4] {
        assert_eq!(told.recv().await, Some(n));
    }
}
