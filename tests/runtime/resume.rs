//! Sessions that go on.

use std::error::Error as _;

use copilot_sessions::events::kinds::SessionResume;
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{ErrorKind, SessionConfig, SessionId};
use serde_json::json;
use uuid::Uuid;

use crate::bench::Bench;
use crate::read;
use crate::read::all;

/// A session that was taught a word by a process that has ended since.
async fn taught(bench: &Bench) -> SessionId {
    bench.model.push(Reply::text("noted"));
    let (client, session) = bench.session().await;
    session.send_and_wait("the word is heron").await.unwrap();
    let id = session.id().clone();
    session.disconnect().await.unwrap();
    client.stop().await.unwrap();
    id
}

pub(crate) async fn another_process_resumes_with_the_whole_history(bench: Bench) {
    let id = taught(&bench).await;

    let client = bench.client().await;
    let pending = client.resume_session(id.clone(), bench.resume_config());
    assert_eq!(pending.id(), Some(&id));
    let early = tokio::spawn(all(pending.events()));
    let session = pending.await.unwrap();
    let history = session.history().await.unwrap();
    let answer = session.send_and_wait("which word?").await.unwrap();
    assert_eq!(answer.text(), "which word?");
    let closed = session.disconnect().await.unwrap();

    let early = early.await.unwrap();
    let resume = early[0].get::<SessionResume>().expect("the first event is session.resume");
    assert!(resume.event_count > 0);
    assert_eq!(read::raw(&early), read::raw(&read::whole(closed.log()).await));

    let history = read::whole(&history).await;
    assert_eq!(history[0].kind(), "session.start");
    for kind in ["session.start", "user.message", "assistant.message", "session.shutdown"] {
        assert_eq!(read::count(&history, kind), 1, "{:?}", read::kinds(&history));
    }
    let asked = serde_json::to_string(bench.model.requests()[1].messages()).unwrap();
    assert!(asked.contains("the word is heron") && asked.contains("noted"));
    client.stop().await.unwrap();
}

pub(crate) async fn a_session_whose_file_is_damaged_is_told_as_such(bench: Bench) {
    let id = taught(&bench).await;
    let file = bench.home().join("session-state").join(id.as_str()).join("events.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let event = json!({ "id": Uuid::new_v4().to_string(), "timestamp": "2026-01-01T00:00:00.000Z",
        "parentId": null, "type": "user.message", "data": { "content": 5 } });
    std::fs::write(&file, format!("{first}\n{event}\n{rest}")).unwrap();

    let client = bench.client().await;
    let error = client.resume_session(id.clone(), bench.resume_config()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::SessionDamaged, "{:?}", error.source());
    std::fs::write(&file, text).unwrap();
    let session = error.into_pending().await.unwrap();
    assert_eq!(session.id(), &id);
    client.stop().await.unwrap();
}

pub(crate) async fn the_resume_event_can_be_suppressed(bench: Bench) {
    let id = taught(&bench).await;

    let client = bench.client().await;
    let config = bench.resume_config().suppress_resume_event(true);
    let session = client.resume_session(id, config).await.unwrap();
    session.send_and_wait("go on").await.unwrap();
    let closed = session.disconnect().await.unwrap();

    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "session.resume"), 0);
    assert_eq!(read::count(&log, "user.message"), 1);
    client.stop().await.unwrap();
}

pub(crate) async fn an_unknown_session_is_not_found_and_can_be_tried_again(bench: Bench) {
    let client = bench.client().await;
    let id = SessionId::random();
    let pending = client.resume_session(id.clone(), bench.resume_config());
    let early = tokio::spawn(all(pending.events()));
    let error = pending.start().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::SessionNotFound);
    let pending = error.into_pending();
    assert_eq!(pending.id(), Some(&id));

    // Meanwhile somebody creates it.
    let created = client.create_session(bench.config().session_id(id.clone())).await.unwrap();
    created.send_and_wait("hello").await.unwrap();
    created.disconnect().await.unwrap();

    let session = pending.start().await.unwrap();
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(log[0].kind(), "session.resume");
    assert_eq!(read::raw(&early.await.unwrap()), read::raw(&log));
    client.stop().await.unwrap();
}

pub(crate) async fn one_client_holds_a_session_once(bench: Bench) {
    let (client, session) = bench.session().await;
    session.send_and_wait("hello").await.unwrap();
    let id = session.id().clone();

    let again = SessionConfig::new().session_id(id.clone());
    let error = client.create_session(again).start().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::SessionInUse);
    let error = client.resume_session(id, bench.resume_config()).start().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::SessionInUse);

    // The session that lives was not disturbed, and its id is free again afterwards.
    session.send_and_wait("still there?").await.unwrap();
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "session.start"), 1);
    assert_eq!(read::count(&log, "session.resume"), 0);
    let again = error.into_pending().start().await.unwrap();
    // The CLI was seen not to answer to a shutdown beside a detach: the stop waits for this one.
    drop(again);
    client.stop().await.unwrap();
}
