//! Events that come at other times than they should: before the handshake, while a session is being
//! registered, behind its deletion, or from a peer that reads nothing.

use copilot_sessions::{ClientOptions, CloseReason, Cursor};
use futures::StreamExt;
use serde_json::json;

use crate::account::{Books, Pace, Reading};
use crate::peer::{Wire, event, frame, usual};
use crate::{cloud, connected, named, resumed, with_session};

#[tokio::test]
async fn events_before_the_handshake_are_counted() {
    for wire in Wire::ALL {
        let (mut peer, connecting) = wire.dial(ClientOptions::new()).await;
        peer.burst("s", 0..10).await;
        peer.send("no JSON").await;
        peer.accept().await;
        let client = connecting.await.unwrap().unwrap();
        peer.burst("s", 10..15).await;
        peer.settle(&client).await;
        assert_eq!((client.orphan_events(), client.malformed_messages()), (15, 1));
        let session = peer.start(client.create_session(named("s"))).await;
        peer.burst("s", 15..17).await;
        peer.settle(&client).await;
        Books::of(18).session(&session.stats(), 0).client(&client).check();
    }
}

#[tokio::test]
async fn events_arrive_though_the_peer_reads_nothing() {
    const CALLS: usize = 300;
    for wire in Wire::ALL {
        let (mut peer, client, session) = with_session(*wire, ClientOptions::new()).await;
        // More than the pipe holds, so that the client can't write any more.
        let text = "x".repeat(10_000);
        let calls: Vec<_> = (0..CALLS)
            .map(|_| {
                let (client, params) = (client.clone(), json!({ "text": text }));
                tokio::spawn(async move { client.call_raw("test", &params).await })
            })
            .collect();
        for part in 0..20 {
            peer.burst("s", part * 100..(part + 1) * 100).await;
        }
        let last = session.wait_for_from(Cursor::START, |event| event.id() == "n1999").await;
        assert_eq!(last.unwrap().seq().get(), 2_000);
        drop(peer);
        for call in calls {
            call.await.unwrap().unwrap_err();
        }
        Reading::of(session.events(), Pace::Fast).await.check_complete(2_000);
        Books::of(2_000).session(&session.stats(), 0).client(&client).check();
    }
}

#[tokio::test]
async fn events_behind_a_deletion_are_counted() {
    let (mut peer, client, session) = with_session(Wire::Duplex, ClientOptions::new()).await;
    peer.burst("s", 0..5).await;
    peer.send(
        r#"{"jsonrpc":"2.0","method":"session.lifecycle","params":{"type":"session.deleted","sessionId":"s"}}"#,
    )
    .await;
    peer.burst("s", 5..12).await;
    peer.settle(&client).await;
    let closed = session.ended().await;
    assert_eq!(*closed.reason(), CloseReason::Deleted);
    Reading::of(closed.events(), Pace::Fast).await.check_complete(5);
    assert_eq!(client.orphan_events(), 7);
    assert_eq!(peer.waiting("session.detach"), 0);
    Books::of(12).session(&closed.stats(), 0).client(&client).check();
}

#[tokio::test]
async fn one_write_wakes_the_waiting_readers_of_every_session_in_it() {
    let (mut peer, client) = connected().await;
    let names = ["a", "b", "c", "d"];
    let mut sessions = Vec::new();
    for name in names {
        sessions.push(peer.start(client.create_session(named(name))).await);
    }
    // Twice: for sessions that had events before, and in an order of their own.
    for order in [["a", "b", "c", "d"], ["d", "b", "d", "a"]] {
        let waiting: Vec<_> = sessions
            .iter()
            .map(|session| {
                let mut events = session.live_events();
                tokio::spawn(async move { events.next().await.is_some() })
            })
            .collect();
        // All wait before anything comes, and nothing comes behind it.
        yield_often().await;
        let number = u64::from(order[0] == "d");
        let frames =
            order.map(|name| frame(usual(name, &event(&format!("{number}"), "k", "{}"))));
        peer.write(frames.concat()).await;
        yield_often().await;
        for (name, waiting) in names.iter().zip(waiting) {
            assert_eq!(waiting.is_finished(), order.contains(name), "{name} in {order:?}");
            waiting.abort();
        }
    }
}

async fn yield_often() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// A session is resumed while its events flow; from the first one that its log has on there is no hole.
/// Those from before the request are not its own, also while a cloud start has events kept.
async fn resume_in_the_flow(wire: Wire, beside_a_cloud_start: bool) {
    const EVENTS: u64 = 3_000;
    let (mut peer, client) = wire.connect(ClientOptions::new()).await;
    let other = if beside_a_cloud_start {
        let starting = tokio::spawn(client.create_session(cloud()).start());
        peer.expect("session.create").await;
        Some(starting)
    } else {
        None
    };
    let starting = tokio::spawn(resumed(&client, "s").start());
    for part in 0..EVENTS / 50 {
        peer.burst("s", part * 50..(part + 1) * 50).await;
    }
    peer.answer_start().await;
    let session = starting.await.unwrap().unwrap();
    peer.event("s", &event(&format!("n{EVENTS}"), "k", "{}")).await;
    peer.settle(&client).await;
    let published = session.stats().published;
    let mut events = session.events();
    let mut reading = Reading::begin(&events).with_ids();
    reading.ready(&mut events, usize::MAX);
    reading.check_complete(published);
    let expected = (EVENTS + 1 - published..=EVENTS).map(|number| format!("n{number}"));
    assert!(expected.eq(reading.ids.unwrap()), "a hole behind the first event");
    Books::of(EVENTS + 1).session(&session.stats(), 0).client(&client).check();
    drop(peer);
    if let Some(other) = other {
        other.await.unwrap().unwrap_err();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_resumed_while_its_events_flow_has_all_from_the_first_on() {
    for wire in Wire::ALL {
        for _ in 0..10 {
            for beside_a_cloud_start in [false, true] {
                tokio::spawn(resume_in_the_flow(*wire, beside_a_cloud_start)).await.unwrap();
            }
        }
    }
}
