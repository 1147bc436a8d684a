//! What a client asks the runtime itself.

use std::collections::BTreeSet;

use copilot_sessions::session::{LifecycleEvents, LifecycleKind, SessionFilter};
use copilot_sessions::{CloseReason, SessionId};
use futures::StreamExt;

use crate::bench::Bench;

pub(crate) async fn a_runtime_tells_about_itself(bench: Bench) {
    let client = bench.client().await;
    let pong = client.ping("are you there").await.unwrap();
    assert_eq!(pong.message, "pong: are you there");
    assert_eq!(pong.protocol_version, Some(3));

    let status = client.status().await.unwrap();
    assert_eq!(status.protocol_version, 3);
    assert_eq!(client.runtime().version.as_ref(), Some(&status.version));
    assert_eq!(client.runtime().protocol_version, 3);

    let auth = client.auth_status().await.unwrap();
    assert!(!auth.is_authenticated, "{auth:?}");
    client.stop().await.unwrap();
}

pub(crate) async fn sessions_are_listed_found_and_deleted(bench: Bench) {
    let client = bench.client().await;
    assert_eq!(client.last_session_id().await.unwrap(), None);
    assert!(client.list_sessions().await.unwrap().is_empty());

    let mut created = BTreeSet::new();
    for text in ["one", "two"] {
        let session = client.create_session(bench.config()).await.unwrap();
        session.send_and_wait(text).await.unwrap();
        created.insert(session.id().clone());
        session.disconnect().await.unwrap();
    }
    let listed = client.list_sessions().await.unwrap();
    let ids: BTreeSet<_> = listed.iter().map(|session| session.session_id.clone()).collect();
    assert_eq!(ids, created);
    assert!(listed.iter().all(|session| !session.is_remote && session.start_time.is_some()));
    let work = bench.work().to_str().unwrap();
    for session in &listed {
        let context = session.context.as_ref().expect("it has worked somewhere");
        assert_eq!(context.cwd.as_deref(), Some(work));
    }
    let here = SessionFilter::new().working_directory(bench.work());
    assert_eq!(client.find_sessions(&here).await.unwrap().len(), 2);
    let elsewhere = SessionFilter::new().working_directory("/nowhere");
    assert!(client.find_sessions(&elsewhere).await.unwrap().is_empty());
    let last = client.last_session_id().await.unwrap().expect("there is one");
    assert!(created.contains(&last));

    let known = client.session_metadata(&last).await.unwrap().expect("it is listed");
    assert_eq!(known.session_id, last);
    let unknown = SessionId::random();
    assert!(client.session_metadata(&unknown).await.unwrap().is_none());

    assert!(client.delete_session(&last).await.unwrap());
    assert!(!client.delete_session(&last).await.unwrap());
    assert!(!client.delete_session(&unknown).await.unwrap());
    let left = client.list_sessions().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].session_id, last);
    client.stop().await.unwrap();
}

pub(crate) async fn deleting_a_live_session_closes_it(bench: Bench) {
    let (client, session) = bench.session().await;
    session.send_and_wait("hello").await.unwrap();
    let id = session.id().clone();
    assert!(client.delete_session(&id).await.unwrap());
    assert_eq!(session.closed().await, CloseReason::Deleted);
    drop(session);

    let (session, other) = (client.create_session(bench.config()).await.unwrap(), id);
    session.send_and_wait("hello").await.unwrap();
    let closed = session.delete().await.unwrap();
    assert_eq!(closed.reason(), &CloseReason::Deleted);
    crate::read::whole(closed.log()).await;
    for id in [closed.id(), &other] {
        assert!(client.session_metadata(id).await.unwrap().is_none());
    }
    client.stop().await.unwrap();
}

pub(crate) async fn lifecycle_events_tell_of_every_session(bench: Bench) {
    let client = bench.client().await;
    let mut lifecycle = client.lifecycle_events();
    let session = client.create_session(bench.config()).await.unwrap();
    let id = session.id().clone();
    session.send_and_wait("hello").await.unwrap();
    next(&mut lifecycle, &id, &LifecycleKind::Created).await;
    next(&mut lifecycle, &id, &LifecycleKind::Updated).await;
    session.delete().await.unwrap();
    next(&mut lifecycle, &id, &LifecycleKind::Deleted).await;

    client.stop().await.unwrap();
    while lifecycle.next().await.is_some() {}
}

/// Waits for this kind of news of this session.
async fn next(lifecycle: &mut LifecycleEvents, id: &SessionId, kind: &LifecycleKind) {
    loop {
        let event = lifecycle.next().await.expect("the stream goes on").unwrap();
        if event.session_id == *id && event.kind == *kind {
            return;
        }
    }
}
