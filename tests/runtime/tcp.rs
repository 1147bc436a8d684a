//! Several clients of one runtime, over TCP.

use copilot_sessions::events::kinds::UserMessage;
use copilot_sessions::{Client, ClientOptions, CloseReason, ErrorKind, Transport};

use crate::bench::Bench;
use crate::read;

const TOKEN: &str = "a-token-of-this-test";

/// A client that has started a runtime which listens, and where that is.
async fn listening(bench: &Bench) -> (Client, String) {
    loop {
        // The crate does not tell which port the system has chosen, so choose one. Between
        // the choice and its use it may be taken.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let token = Some(TOKEN.to_owned());
        let transport = Transport::Tcp { command: bench.command(), port: Some(port), token };
        match Client::start(bench.options().transport(transport)).await {
            Ok(client) => return (client, format!("127.0.0.1:{port}")),
            Err(error) => assert_eq!(error.kind(), &ErrorKind::ConnectFailed),
        }
    }
}

fn external(address: &str, token: Option<&str>) -> ClientOptions {
    ClientOptions::external(address, token.map(str::to_owned))
}

pub(crate) async fn two_clients_see_the_same_events_in_the_same_order(bench: Bench) {
    let (a, address) = listening(&bench).await;
    let ours = a.create_session(bench.config()).await.unwrap();
    ours.send_and_wait("before the other came").await.unwrap();

    let b = Client::start(external(&address, Some(TOKEN))).await.unwrap();
    let theirs = b.resume_session(ours.id().clone(), bench.resume_config()).await.unwrap();
    // Both at once: each finds its own answer.
    let (one, two) = tokio::join!(ours.send_and_wait("one"), theirs.send_and_wait("two"));
    assert_eq!((one.unwrap().text(), two.unwrap().text()), ("one", "two"));
    let closed = theirs.disconnect().await.unwrap();

    // The one that is left works on.
    assert_eq!(ours.send_and_wait("three").await.unwrap().text(), "three");
    assert!(ours.close_reason().is_none());
    let ours = read::whole(ours.disconnect().await.unwrap().log()).await;
    let theirs = read::whole(closed.log()).await;

    assert_eq!(read::count(&theirs, "session.resume"), 1);
    // News of the joining itself come in an order, and some only, for the one that joins.
    // From the first message on, both see the same.
    let message = theirs.iter().position(|event| event.is::<UserMessage>()).unwrap();
    let theirs_later = read::raw(&theirs[message..]);
    let since = ours.iter().position(|event| event.id() == theirs[message].id()).unwrap();
    assert!(read::raw(&ours[since..]).starts_with(&theirs_later));
    assert_eq!(read::count(&theirs, "user.message"), 2);
    assert_eq!(read::count(&ours, "user.message"), 4);
    b.stop().await.unwrap();
    assert!(a.ping("").await.is_ok(), "what it did not start, a client does not stop");
    a.stop().await.unwrap();
}

pub(crate) async fn a_wrong_or_missing_token_is_refused(bench: Bench) {
    let (client, address) = listening(&bench).await;
    for token in [None, Some("another-token")] {
        let error = Client::start(external(&address, token)).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unauthorized, "{token:?}");
    }
    let other = Client::start(external(&address, Some(TOKEN))).await.unwrap();
    other.stop().await.unwrap();
    client.stop().await.unwrap();
}

pub(crate) async fn a_token_that_the_runtime_does_not_expect_is_refused(bench: Bench) {
    let server = bench.server().await;
    let error = Client::start(external(server.address(), Some(TOKEN))).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    let client = Client::start(external(server.address(), None)).await.unwrap();
    client.stop().await.unwrap();
}

pub(crate) async fn a_lost_server_closes_all_its_clients(bench: Bench) {
    let server = bench.server().await;
    let client = Client::start(external(server.address(), None)).await.unwrap();
    let session = client.create_session(bench.config()).await.unwrap();
    session.send_and_wait("hello").await.unwrap();
    let address = server.address().to_owned();
    drop(server);

    let reason = session.closed().await;
    assert!(matches!(reason, CloseReason::ConnectionLost(_)), "{reason:?}");
    read::whole(session.log()).await;
    assert_eq!(client.closed().await, reason);
    let error = Client::start(external(&address, None)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::ConnectFailed);
}
