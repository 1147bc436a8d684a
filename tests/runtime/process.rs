//! Runtime processes: what becomes of them, and of the sessions that they held.

use copilot_sessions::events::EventStream;
use copilot_sessions::session::ConnectionState;
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{Client, CloseReason, Cursor, ErrorKind};
use futures::StreamExt;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::bench::Bench;
use crate::read;
use crate::read::all;

fn pid(client: &Client) -> Pid {
    let id = client.process().unwrap().id().expect("the process runs");
    Pid::from_raw(id.try_into().unwrap()).unwrap()
}

/// Neither alive nor a zombie.
fn is_gone(pid: Pid) -> bool {
    test_kill_process(pid) == Err(Errno::SRCH)
}

async fn end_of(mut stream: EventStream) -> CloseReason {
    while stream.next().await.is_some() {}
    stream.close_reason().expect("a stream ends with its log")
}

pub(crate) async fn a_killed_runtime_fails_what_waits_and_loses_nothing(bench: Bench) {
    let (client, session) = bench.session().await;
    session.send_and_wait("the word is heron").await.unwrap();
    let live = tokio::spawn(all(session.events()));
    let end = tokio::spawn(end_of(session.events()));
    bench.model.push(Reply::chunks(["half "]).and_text("said").hold_after(1));

    let (answer, received) = tokio::join!(session.send_and_wait("speak"), async {
        bench.model.wait_for_requests(2).await;
        let is_delta = |event: &copilot_sessions::Event| event.raw_data().contains("half ");
        session.wait_for_from(Cursor::START, is_delta).await.unwrap();
        let received = session.stats().published;
        kill_process(pid(&client), Signal::KILL).unwrap();
        received
    });
    let reason = answer.unwrap_err().close_reason().cloned().expect("closed");
    assert!(matches!(reason, CloseReason::ProcessExited(_)), "{reason:?}");
    assert_eq!(end.await.unwrap(), reason);
    assert_eq!(client.closed().await, reason);
    assert_eq!(client.connection_state(), ConnectionState::Closed(reason.clone()));
    assert_eq!(client.process().unwrap().exited().await.signal, Some(9));

    // All that was received is there for those who read on, and nothing can be sent.
    let live = live.await.unwrap();
    assert!(live.len() as u64 >= received);
    assert_eq!(read::raw(&live), read::raw(&read::whole(session.log()).await));
    let error = session.send("hello?").await.unwrap_err();
    assert_eq!(error.close_reason(), Some(&reason));
    let id = session.id().clone();
    let closed = session.disconnect().await.unwrap();
    assert_eq!(closed.reason(), &reason);
    let error = client.create_session(bench.config()).start().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed(reason));

    // Another process has what was persisted.
    let client = bench.client().await;
    let session = client.resume_session(id, bench.resume_config()).await.unwrap();
    let history = read::whole(&session.history().await.unwrap()).await;
    assert_eq!(history.last().unwrap().kind(), "session.resume");
    // It persists a little behind what it tells.
    let persisted = &history[..history.len() - 1];
    let told: Vec<_> = live.iter().filter(|event| !event.is_ephemeral()).cloned().collect();
    assert!(!persisted.is_empty());
    assert!(read::ids(&told).starts_with(&read::ids(persisted)));
    assert_eq!(session.send_and_wait("again").await.unwrap().text(), "again");
    client.stop().await.unwrap();
}

pub(crate) async fn stop_ends_sessions_and_process_in_order(bench: Bench) {
    let (client, session) = bench.session().await;
    session.send_and_wait("hello").await.unwrap();
    let idle = client.create_session(bench.config()).await.unwrap();
    let pid = pid(&client);
    let streams = [session.events(), idle.events()].map(|stream| tokio::spawn(end_of(stream)));

    client.stop().await.unwrap();
    assert!(is_gone(pid));
    let exit = client.process().unwrap().try_exit_info().unwrap();
    assert!(exit.success(), "{exit}");
    for end in streams {
        assert_eq!(end.await.unwrap(), CloseReason::ClientStopped);
    }
    read::whole(session.log()).await;
    let stopped = ErrorKind::Closed(CloseReason::ClientStopped);
    assert_eq!(session.send("hello?").await.unwrap_err().kind(), &stopped);
    let error = client.create_session(bench.config()).start().await.unwrap_err();
    assert_eq!(error.kind(), &stopped);

    // Once more changes nothing.
    client.stop().await.unwrap();
    client.force_stop().await;
    assert_eq!(session.disconnect().await.unwrap().reason(), &CloseReason::ClientStopped);
}

pub(crate) async fn stop_cuts_a_turn_under_way(bench: Bench) {
    bench.model.push(Reply::hang());
    let (client, session) = bench.session().await;

    let (answer, ()) = tokio::join!(session.send_and_wait("think for ever"), async {
        bench.model.wait_for_requests(1).await;
        client.stop().await.unwrap();
    });
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed(CloseReason::ClientStopped));
    read::whole(session.log()).await;
}

pub(crate) async fn force_stop_kills(bench: Bench) {
    bench.model.push(Reply::hang());
    let (client, session) = bench.session().await;
    let pid = pid(&client);

    let (answer, ()) = tokio::join!(session.send_and_wait("think for ever"), async {
        bench.model.wait_for_requests(1).await;
        client.force_stop().await;
    });
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed(CloseReason::ForceStopped));
    assert!(is_gone(pid));
    assert_eq!(session.close_reason(), Some(CloseReason::ForceStopped));
    read::whole(session.log()).await;
    client.force_stop().await;
    client.stop().await.unwrap();
}

pub(crate) async fn dropping_everything_kills(bench: Bench) {
    let (client, session) = bench.session().await;
    let process = client.process().unwrap().clone();
    let pid = pid(&client);
    let events = session.events();

    // The session alone keeps the process; the stream does not.
    drop(client);
    session.send_and_wait("still there?").await.unwrap();
    assert!(process.try_exit_info().is_none());
    drop(session);
    assert_eq!(end_of(events).await, CloseReason::Dropped);
    // Handles to look at the process with keep it, too: the last one decides.
    drop(process);
    while !is_gone(pid) {
        tokio::task::yield_now().await;
    }
}
