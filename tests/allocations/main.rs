//! Whatever a hostile peer sends, the client's memory stays within its bounds: counted by the
//! allocator, so that it is the same on every machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

#[path = "../common/hostile/mod.rs"]
mod peer;
mod scripted;

use std::sync::{Mutex, PoisonError};

use copilot_sessions::events::{EventDraft, EventLogWriter};
use copilot_sessions::rpc::{FrameDecoder, FrameLimits};
use copilot_sessions::{ActiveSession, Client, ClientOptions, LogBounds, SessionConfig};
use serde_json::json;

use self::peer::{Peer, Wire, event, frame, usual};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const MIB: usize = 1 << 20;

/// Runs a test alone, on one thread, with its allocations counted.
fn alone(test: impl Future<Output = ()>) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let _counted = dhat::Profiler::builder().testing().build();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// The bytes on the heap.
fn held() -> usize {
    dhat::HeapStats::get().curr_bytes
}

/// A session `s` whose log keeps a MiB.
async fn small() -> (Peer, Client, ActiveSession) {
    let options = ClientOptions::new().log_bounds(LogBounds::default().max_bytes(MIB));
    let (mut peer, client) = Wire::Duplex.connect(options).await;
    let session = peer.start(client.create_session(SessionConfig::new().session_id("s"))).await;
    (peer, client, session)
}

/// Sends these events of session `s`, then checks that no more than `most` bytes stayed.
async fn stays_within(most: usize, events: impl Iterator<Item = String>) {
    let (mut peer, client, session) = small().await;
    peer.settle(&client).await;
    let before = held();
    let mut sent = 0;
    for event in events {
        peer.event("s", &event).await;
        sent += 1;
    }
    peer.settle(&client).await;
    let kept = held().saturating_sub(before);
    assert!(kept <= most, "{kept} bytes stayed of {sent} events");
    assert_eq!(session.stats().published, sent);
    assert!(session.stats().retained_bytes <= 2 * MIB);
}

#[test]
fn an_idle_session_takes_at_most_700_bytes() {
    // Just under what the table of sessions has room for, so that its spare room counts little.
    const COUNT: usize = 850;
    alone(async {
        let (mut peer, client, first) = small().await;
        let mut sessions = Vec::with_capacity(2 * COUNT);
        let mut held_after = Vec::new();
        for _ in 0..2 {
            for _ in 0..COUNT {
                let config = SessionConfig::new();
                sessions.push(peer.start(client.create_session(config)).await);
            }
            peer.settle(&client).await;
            held_after.push(held());
        }
        let each = (held_after[1] - held_after[0]) / COUNT;
        assert!(each <= 700, "{each} bytes");
        drop((first, sessions));
    });
}

#[test]
fn gaps_between_events_stay_within_the_bounds() {
    alone(async {
        let mut writer = EventLogWriter::new(LogBounds::default().max_bytes(MIB));
        let before = held();
        for id in 0..20_000 {
            writer.append(EventDraft::parse(&event(&format!("{id}"), "k", "{}"))).unwrap();
            writer.record_gap(None);
        }
        let kept = held().saturating_sub(before);
        assert!(kept <= 2 * MIB, "{kept} bytes");
        assert!(writer.log().stats().retained_events < 20_000);
    });
}

#[test]
fn events_leave_no_more_than_the_logs_bound() {
    let text = format!(r#"{{"text":"{}"}}"#, "x".repeat(10_000));
    alone(stays_within(2 * MIB, (0..2_000).map(|it| event(&format!("{it}"), "k", &text))));
}

#[test]
fn event_ids_of_any_length_leave_no_more_than_the_logs_bound() {
    let long = "i".repeat(200_000);
    alone(stays_within(2 * MIB, (0..400).map(|it| event(&format!("{long}{it}"), "k", "{}"))));
}

#[test]
fn kinds_of_any_length_and_escapes_leave_no_more_than_the_logs_bound() {
    let long = r"\u006b".repeat(20_000);
    alone(stays_within(4 * MIB, (0..400).map(|it| event(&format!("{it}"), &long, "{}"))));
}

#[test]
fn events_with_envelopes_that_can_not_be_read_leave_no_more_than_the_logs_bound() {
    let long = "[".repeat(60) + &"]".repeat(60);
    let odd =
        move |_| format!(r#"{{"id":{long},"type":{long},"ephemeral":{long},"agentId":5}}"#);
    alone(stays_within(4 * MIB, (0..10_000).map(odd)));
}

#[test]
fn any_number_of_shutdowns_leaves_no_more_than_the_logs_bound() {
    alone(stays_within(
        4 * MIB,
        (0..20_000).map(|number| event(&format!("{number}"), "session.shutdown", "{}")),
    ));
}

#[test]
fn session_ids_of_any_length_are_within_the_bound_of_what_waits_for_a_claim() {
    alone(async {
        let (mut peer, client) = Wire::Duplex.connect(ClientOptions::new()).await;
        let cloud = SessionConfig::new().cloud(json!({}));
        let starting = tokio::spawn(client.create_session(cloud).start());
        peer.expect("session.create").await;
        let before = held();
        let long = "s".repeat(300_000);
        for number in 0..200 {
            peer.event(&format!("{long}{number}"), &event("1", "k", "{}")).await;
        }
        peer.settle(&client).await;
        let kept = held() - before;
        assert!(kept <= 18 * MIB, "{kept}");
        drop(peer);
        starting.await.unwrap().unwrap_err();
        assert_eq!(client.orphan_events(), 200);
    });
}

#[test]
fn events_of_sessions_that_nobody_has_leave_nothing() {
    alone(async {
        let (mut peer, client, _session) = small().await;
        let before = held();
        for number in 0..5_000 {
            let id = format!("{number}{}", "x".repeat(1_000));
            peer.event(&id, &event(&id, "k", "{}")).await;
            peer.answer_as(&format!("{number}000"), &format!("\"{id}\"")).await;
        }
        peer.settle(&client).await;
        assert!(held() - before < MIB, "{}", held() - before);
        assert_eq!(client.orphan_events(), 5_000);
    });
}

#[test]
fn a_frame_takes_the_memory_of_what_has_come_of_it() {
    alone(async {
        let (mut peer, client, session) = small().await;
        let before = held();
        peer.write("Content-Length: 500000000\r\n\r\n{").await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(held() - before < MIB, "{}", held() - before);
        drop(peer);
        session.closed().await;
        assert_eq!(client.malformed_messages(), 0);
    });
}

#[test]
fn a_large_frame_gives_its_memory_back() {
    alone(async {
        let (mut peer, client, _session) = small().await;
        let before = held();
        peer.send("x".repeat(20 * MIB)).await;
        peer.settle(&client).await;
        assert!(held() - before < MIB, "{}", held() - before);
        assert_eq!(client.malformed_messages(), 1);
    });
}

#[test]
fn readers_that_stopped_reading_keep_a_segment_at_most() {
    alone(async {
        let (mut peer, client, session) = small().await;
        peer.event("s", &event("first", "k", "{}")).await;
        peer.settle(&client).await;
        let stopped: Vec<_> = (0..200)
            .map(|_| {
                let mut events = session.events();
                events.next_ready().unwrap().unwrap();
                events
            })
            .collect();
        let before = held();
        let text = format!(r#"{{"text":"{}"}}"#, "x".repeat(5_000));
        for number in 0..2_000 {
            peer.event("s", &event(&format!("{number}"), "k", &text)).await;
        }
        peer.settle(&client).await;
        assert!(held() - before < 2 * MIB, "{}", held() - before);
        drop(stopped);
    });
}

#[test]
fn the_log_of_a_dropped_session_is_freed_though_the_peer_is_silent() {
    alone(async {
        let (mut peer, client) = Wire::Duplex.connect(ClientOptions::new()).await;
        let session = client.create_session(SessionConfig::new().session_id("s"));
        let session = peer.start(session).await;
        let before = held();
        let text = format!(r#"{{"text":"{}"}}"#, "x".repeat(10_000));
        // The last bytes that come are events of the session.
        let frames: Vec<_> = (0..500)
            .map(|it| frame(usual("s", &event(&format!("{it}"), "k", &text))))
            .collect();
        for frame in frames {
            peer.write(frame).await;
        }
        while session.stats().published < 500 {
            tokio::task::yield_now().await;
        }
        assert!(held() - before > 4 * MIB);
        drop(session);
        peer.expect("session.detach").await;
        assert!(held() - before < MIB, "{} bytes stayed", held() - before);
        drop(client);
    });
}

#[test]
fn frames_that_nobody_takes_out_yet_are_not_copied_with_each_piece() {
    const PIECES: usize = 256;
    alone(async {
        let body = vec![b'x'; 1000];
        let frame = [b"Content-Length: 1000\r\n\r\n", &body[..]].concat();
        let piece = frame.repeat(64);
        let mut decoder = FrameDecoder::new(FrameLimits::default());
        let before = dhat::HeapStats::get().total_bytes;
        (0..PIECES).for_each(|_| decoder.extend(&piece));
        let allocated = dhat::HeapStats::get().total_bytes - before;
        // The buffer doubles as it grows.
        assert!(allocated <= 6 * (PIECES * piece.len()) as u64, "{allocated} bytes");
        let mut frames = 0;
        while decoder.next_frame().unwrap().is_some() {
            frames += 1;
        }
        assert_eq!(frames, 64 * PIECES);
    });
}
