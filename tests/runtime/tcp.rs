//! Several clients of one runtime, over TCP.

use copilot_sessions::events::kinds::UserMessage;
use copilot_sessions::{Client, ClientOptions, CloseReason, ErrorKind, Transport};

use crate::bench::Bench;
use crate::read;

/// A client that has started a runtime which listens.
async fn listening(bench: &Bench) -> Client {
    let transport = Transport::Tcp { command: bench.command(), port: None };
    Client::start(bench.options().transport(transport)).await.unwrap()
}

pub(crate) async fn two_clients_see_the_same_events_in_the_same_order(bench: Bench) {
    let a = listening(&bench).await;
    let ours = a.create_session(bench.config()).await.unwrap();
    ours.send_and_wait("before the other came").await.unwrap();

    let b = Client::start(a.endpoint().unwrap().options()).await.unwrap();
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
    let message = theirs.iter().position(copilot_sessions::Event::is::<UserMessage>).unwrap();
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
    let client = listening(&bench).await;
    let endpoint = client.endpoint().unwrap();
    assert!(endpoint.token().is_some(), "one was made up");
    let without = ClientOptions::external(endpoint.address());
    for options in [without.clone(), without.connection_token("another")] {
        let error = Client::start(options).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    }
    let other = Client::start(endpoint.options()).await.unwrap();
    other.stop().await.unwrap();
    client.stop().await.unwrap();

    let transport = Transport::Tcp { command: bench.command(), port: None };
    let options = bench.options().transport(transport).connection_token("of our choice");
    let client = Client::start(options).await.unwrap();
    assert_eq!(client.endpoint().unwrap().token(), Some("of our choice"));
    client.stop().await.unwrap();
}

pub(crate) async fn a_token_that_the_runtime_does_not_expect_is_refused(bench: Bench) {
    let server = bench.server().await;
    let options = ClientOptions::external(server.address());
    let error = Client::start(options.clone().connection_token("any")).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    let client = Client::start(options).await.unwrap();
    client.stop().await.unwrap();
}

pub(crate) async fn a_lost_server_closes_all_its_clients(bench: Bench) {
    let server = bench.server().await;
    let client = Client::start(ClientOptions::external(server.address())).await.unwrap();
    let session = client.create_session(bench.config()).await.unwrap();
    session.send_and_wait("hello").await.unwrap();
    let address = server.address().to_owned();
    drop(server);

    let reason = session.closed().await;
    assert!(matches!(reason, CloseReason::ConnectionLost(_)), "{reason:?}");
    read::whole(session.log()).await;
    assert_eq!(client.closed().await, reason);
    let error = Client::start(ClientOptions::external(&address)).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::ConnectFailed);
}
