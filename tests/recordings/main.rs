//! Real traffic, played back and read event by event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

use std::collections::HashSet;
use std::path::Path;

use copilot_sessions::events::{CloseReason, EventData, EventDraft, EventLogWriter};
use copilot_sessions::testing::{Recording, ScriptedAgent};
use copilot_sessions::{ClientOptions, Cursor, SessionConfig};
use futures::TryStreamExt;
use serde_json::{Value, json};

fn recordings() -> Vec<(String, Recording)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).unwrap();
            found.push((name, Recording::parse(&text).unwrap()));
        }
    }
    assert_eq!(found.len(), 10);
    found
}

#[test]
fn every_recorded_event_keeps_its_bytes_and_every_typed_kind_fits() {
    let (mut typed, mut unknown) = (0, 0);
    for (name, recording) in recordings() {
        let mut writer = EventLogWriter::default();
        let log = writer.log().clone();
        let recorded = recording.events();
        assert!(!recorded.is_empty(), "{name}");
        for (_, event) in &recorded {
            writer.append(EventDraft::parse(event)).unwrap();
        }
        writer.close(CloseReason::Complete);
        let mut events = log.events();
        for (_, raw) in &recorded {
            let event = events.next_ready().unwrap().unwrap();
            assert_eq!(event.raw(), raw);
            assert_eq!(event.problem(), None, "{name}: {raw}");
            // The envelope says what the JSON says.
            let json: Value = serde_json::from_str(raw).unwrap();
            assert_eq!(event.id(), json["id"]);
            assert_eq!(event.kind(), json["type"]);
            assert_eq!(event.timestamp(), json["timestamp"]);
            assert_eq!(event.parent_id(), json["parentId"].as_str());
            assert_eq!(event.agent_id(), json["agentId"].as_str());
            assert_eq!(event.is_ephemeral(), json["ephemeral"] == true);
            assert_eq!(serde_json::from_str::<Value>(event.raw_data()).unwrap(), json["data"]);
            match event.data() {
                EventData::Unknown(Some(error)) => panic!("{name}: {error}"),
                EventData::Unknown(None) => unknown += 1,
                _ => typed += 1,
            }
        }
    }
    println!("{typed} events typed, {unknown} of other kinds, 0 that do not decode");
    assert!(typed > 200 && unknown > 200);
}

/// Plays `name` to a client that does what the recorded one did.
async fn plays_back(name: &str) {
    let recording = recordings().into_iter().find(|(found, _)| found == name).unwrap().1;
    let recorded = recording.events();
    let agent = ScriptedAgent::new();
    let playing = tokio::spawn({
        let agent = agent.clone();
        async move { recording.play(&agent).await }
    });
    let client = agent.connect(ClientOptions::new()).await.unwrap();
    client.ping("hello").await.unwrap();
    client.status().await.unwrap();
    assert!(!client.auth_status().await.unwrap().is_authenticated);
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    session.send("hi there").await.unwrap();
    session.wait_for_from(Cursor::START, |event| event.kind() == "session.idle").await.unwrap();
    session.send("again").await.unwrap();
    let mut idles = 0;
    let both_answered = session.wait_for_from(Cursor::START, move |event| {
        idles += usize::from(event.kind() == "session.idle");
        idles == 2
    });
    both_answered.await.unwrap();
    let history: Vec<_> =
        session.history().await.unwrap().events().try_collect().await.unwrap();
    let id = session.id().clone();
    let closed = session.disconnect().await.unwrap();
    let _: Value = client.call("runtime.shutdown", &json!({})).await.unwrap();
    playing.await.unwrap();

    let events: Vec<_> = closed.events().try_collect().await.unwrap();
    let theirs = &recorded[0].0;
    let expected: Vec<_> =
        recorded.iter().map(|(_, event)| event.replace(theirs, id.as_str())).collect();
    let seen: Vec<_> = events.iter().map(|event| event.raw().to_owned()).collect();
    assert_eq!(seen, expected);
    assert_eq!(events[0].kind(), "session.start");
    // What the runtime had persisted is what was seen, but for what it never sends.
    let live: HashSet<_> = events.iter().map(copilot_sessions::Event::id).collect();
    let unseen = history.iter().filter(|event| !live.contains(event.id())).count();
    assert_eq!(unseen, 0);
}

#[tokio::test]
async fn a_recorded_session_of_the_runtime_plays_back_byte_for_byte() {
    plays_back("a_create_send_idle").await;
}

#[tokio::test]
async fn a_recorded_session_of_the_cli_plays_back_byte_for_byte() {
    plays_back("a_create_send_idle_cli102").await;
}
