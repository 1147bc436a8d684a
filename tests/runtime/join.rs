//! A program that a runtime's user interface starts as an extension of a session.
//!
//! The scenario is parent and child: it runs this test binary again with nothing but
//! itself, and with the standard streams and the variable that an extension is given.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::process::Stdio;

use copilot_sessions::session::JoinConfig;
use copilot_sessions::{Client, ClientOptions, CloseReason, Cursor, ErrorKind, join_session};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpStream, UnixStream};
use tokio::process::Command;

use crate::bench::{Bench, Binary, CHILD};
use crate::read;

const SESSION_ID: &str = "SESSION_ID";

pub(crate) async fn an_extension_takes_part_in_its_session(bench: Bench) {
    if std::env::var_os(CHILD).is_some() {
        // The child is to leave nothing behind, and does not return.
        drop(bench);
        extension().await;
    }
    let server = bench.server().await;
    let client = Client::start(ClientOptions::external(server.address())).await.unwrap();
    let session = client.create_session(bench.config()).await.unwrap();
    session.send_and_wait("before the extension").await.unwrap();

    // What a parent does: gives the child one end of a socket for both streams, and
    // connects the other one to the runtime.
    let (end, childs_end) = StdUnixStream::pair().unwrap();
    end.set_nonblocking(true).unwrap();
    let mut end = UnixStream::from_std(end).unwrap();
    let test = match bench.binary {
        Binary::Runtime => "runtime::an_extension_takes_part_in_its_session",
        Binary::Cli => "cli::an_extension_takes_part_in_its_session",
    };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact"])
        .env(CHILD, "1")
        .env(SESSION_ID, session.id().as_str())
        .stdin(Stdio::from(OwnedFd::from(childs_end)))
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let bridge = tokio::spawn({
        let address = server.address().to_owned();
        async move {
            let mut runtime = TcpStream::connect(address).await.unwrap();
            // However the child ends: the runtime's side is what the test looks at.
            let _ = copy_bidirectional(&mut end, &mut runtime).await;
        }
    });
    session
        .wait_for_from(Cursor::START, |event| event.raw_data().contains("from the extension"))
        .await
        .unwrap();
    assert!(child.wait().await.unwrap().success());
    bridge.await.unwrap();

    // The session goes on without it.
    assert_eq!(session.send_and_wait("after").await.unwrap().text(), "after");
    let closed = session.disconnect().await.unwrap();
    let log = read::whole(closed.log()).await;
    assert_eq!(read::count(&log, "session.resume"), 0);
    assert_eq!(read::count(&log, "user.message"), 3);
    assert_eq!(read::count(&log, "assistant.message"), 3);
    client.stop().await.unwrap();
}

/// The child. Its standard input is a socket that is also to be its output; what the test
/// harness has printed until now went elsewhere.
async fn extension() -> ! {
    rustix::stdio::dup2_stdout(std::io::stdin()).unwrap();
    let pending = join_session(JoinConfig::new().streaming(true)).await.unwrap();
    assert_eq!(pending.id().unwrap().as_str(), std::env::var(SESSION_ID).unwrap());
    let events = tokio::spawn(read::all(pending.events()));
    let session = pending.await.unwrap();

    let history = read::whole(&session.history().await.unwrap()).await;
    assert_eq!(read::count(&history, "user.message"), 1);
    let answer = session.send_and_wait("from the extension").await.unwrap();
    assert_eq!(answer.text(), "from the extension");

    let client = session.client().clone();
    let closed = session.disconnect().await.unwrap();
    assert_eq!(closed.reason(), &CloseReason::Disconnected);
    let events = events.await.unwrap();
    assert_eq!(read::raw(&events), read::raw(&read::whole(closed.log()).await));
    assert_eq!(read::count(&events, "session.resume"), 0);
    assert_eq!(read::count(&events, "user.message"), 1);
    client.stop().await.unwrap();
    // The harness is not to write its verdict into the connection.
    std::process::exit(0);
}

#[tokio::test]
async fn a_program_that_nobody_started_is_no_extension() {
    let error = join_session(JoinConfig::new()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotAnExtension);
}
