//! How a connection ends, and who is told what.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use copilot_sessions::rpc::{
    CallError, Connection, ConnectionLimits, Disconnect, DisconnectKind, Inbound, Peer,
    Responder,
};
use futures::FutureExt;
use futures::future::join_all;
use serde_json::value::RawValue;
use tokio::io::AsyncWrite;
use tokio::time::Instant;

use crate::support::{Fixture, Requests, Told};

fn kind_of<T>(result: Result<T, CallError>) -> DisconnectKind {
    match result {
        Err(CallError::Closed(reason)) => reason.kind().clone(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("a call succeeded"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_stream_fails_all_pending_calls_at_once() {
    let Fixture { mut other, peer, told, .. } = Fixture::new();
    let calls = join_all((0..10).map(|_| peer.call_raw("m", &())));
    let start = Instant::now();
    let server = async {
        for _ in 0..10 {
            other.expect().await;
        }
        other.send(r#"{"jsonrpc":"2.0","method":"last"}"#).await;
        drop(other);
    };
    let (results, ()) = futures::join!(calls, server);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(results.into_iter().all(|result| kind_of(result) == DisconnectKind::Eof));
    let last = Told::Notification("last".to_owned(), None);
    assert_eq!(told.rest().await, [last, Told::Closed(DisconnectKind::Eof)]);
    assert_eq!(kind_of(peer.call_raw("later", &()).await), DisconnectKind::Eof);
    assert_eq!(kind_of(peer.notify("later", &()).await), DisconnectKind::Eof);
    assert!(!peer.try_call_inline("later", &(), |_| ()));
    assert!(peer.is_closed());
    assert_eq!(*peer.disconnect().unwrap().kind(), DisconnectKind::Eof);
}

#[tokio::test]
async fn the_first_local_reason_wins_and_what_is_queued_is_flushed() {
    let Fixture { mut other, peer, told, .. } = Fixture::new();
    let mut call = Box::pin(peer.call_raw("pending", &()));
    assert!(call.as_mut().now_or_never().is_none());
    assert!(peer.try_call_inline("detach", &(), |_| ()));
    peer.close(DisconnectKind::Stopped);
    peer.close(DisconnectKind::ForceStopped);
    assert!(peer.is_closed());
    assert_eq!(*peer.closed().await.kind(), DisconnectKind::Stopped);
    assert_eq!(kind_of(call.await), DisconnectKind::Stopped);
    assert_eq!(told.rest().await, [Told::Closed(DisconnectKind::Stopped)]);
    assert_eq!(other.expect().await["method"], "pending");
    assert_eq!(other.expect().await["method"], "detach");
    assert_eq!(other.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_no_peer_and_flushing_for_a_bounded_time() {
    let options = ConnectionLimits::default().flush_timeout(Duration::from_secs(3));
    let Fixture { mut other, peer, .. } = Fixture::with(options, 16, Requests::Keep);
    assert!(peer.try_call_inline("too long for the pipe", &(), |_| ()));
    let start = Instant::now();
    peer.close(DisconnectKind::Stopped);
    peer.closed().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    // The transport is dropped when the time is over, with the frame half written.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut other.stream, &mut rest).await.unwrap();
    assert_eq!(rest.len(), 16);
    assert_eq!(start.elapsed(), Duration::from_secs(4));
}

#[tokio::test]
async fn a_forced_stop_flushes_nothing() {
    let Fixture { mut other, peer, .. } =
        Fixture::with(ConnectionLimits::default(), 16, Requests::Keep);
    assert!(peer.try_call_inline("too long for the pipe", &(), |_| ()));
    peer.close(DisconnectKind::ForceStopped);
    assert_eq!(*peer.closed().await.kind(), DisconnectKind::ForceStopped);
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut other.stream, &mut rest).await.unwrap();
    assert!(rest.len() <= 16);
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_connection() {
    let Fixture { mut other, peer, told, responders, .. } = Fixture::new();
    let second = peer.clone();
    let inline = peer.call_inline("m", &(), |_| {});
    drop(peer);
    assert!(!second.is_closed());
    assert!(second.try_call_inline("bye", &(), |_| ()));
    drop(second);
    assert_eq!(kind_of(inline.await), DisconnectKind::Dropped);
    assert_eq!(told.rest().await, [Told::Closed(DisconnectKind::Dropped)]);
    assert_eq!(other.expect().await["method"], "bye");
    assert_eq!(other.receive().await, None);
    drop(responders);
}

#[tokio::test]
async fn a_responder_outlives_its_connection_without_harm() {
    let Fixture { mut other, peer, mut responders, .. } = Fixture::new();
    other.send(r#"{"jsonrpc":"2.0","id":1,"method":"m"}"#).await;
    let responder = responders.recv().await.unwrap();
    drop(peer);
    assert_eq!(other.receive().await, None);
    responder.respond(&1);
}

#[test]
fn a_panic_of_the_program_is_no_panic_of_a_handler() {
    let (sender, kept) = std::sync::mpsc::channel();
    let panicked = std::panic::catch_unwind(move || {
        // Dropped, with the connection's tasks in it, while this thread panics.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fixture = Fixture::new();
            tokio::task::yield_now().await;
            sender.send(fixture).unwrap();
            panic!("the program's own");
        });
    });
    assert!(panicked.is_err());
    let Fixture { peer, told, .. } = kept.recv().unwrap();
    let reason = peer.disconnect().unwrap();
    assert_eq!(*reason.kind(), DisconnectKind::Dropped, "{reason}");
    let told = futures::executor::block_on(told.rest());
    assert_eq!(told, [Told::Closed(DisconnectKind::Dropped)]);
}

#[test]
fn shutting_down_tokio_closes_the_connection_whether_or_not_its_tasks_have_run() {
    for have_run in [true, false] {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let Fixture { peer, told, other: _other, .. } = runtime.block_on(async {
            let fixture = Fixture::new();
            if have_run {
                tokio::task::yield_now().await;
            }
            fixture
        });
        drop(runtime);
        let reason = peer.closed().now_or_never().expect("the connection has closed");
        assert_eq!(*reason.kind(), DisconnectKind::Dropped);
        peer.flushed().now_or_never().expect("the writer has ended");
        let call = futures::executor::block_on(peer.call_raw("m", &()));
        assert_eq!(kind_of(call), DisconnectKind::Dropped);
        let told = futures::executor::block_on(told.rest());
        assert_eq!(told, [Told::Closed(DisconnectKind::Dropped)]);
    }
}

#[test]
fn a_connection_that_is_opened_while_tokio_shuts_down_is_closed_at_once() {
    /// Opens a connection when it is dropped, as a task is by the shutdown.
    struct OpensOnDrop(std::sync::mpsc::Sender<Fixture>);
    impl Drop for OpensOnDrop {
        fn drop(&mut self) {
            self.0.send(Fixture::new()).unwrap();
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (sender, opened) = std::sync::mpsc::channel();
    let opens = OpensOnDrop(sender);
    runtime.spawn(async move {
        std::future::pending::<()>().await;
        drop(opens);
    });
    drop(runtime);
    let Fixture { peer, told, other: _other, .. } = opened.recv().unwrap();
    let reason = peer.closed().now_or_never().expect("the connection has closed");
    assert_eq!(*reason.kind(), DisconnectKind::Dropped);
    let told = futures::executor::block_on(told.rest());
    assert_eq!(told, [Told::Closed(DisconnectKind::Dropped)]);
}

#[tokio::test]
async fn a_failed_write_closes_the_connection() {
    struct Broken;
    impl AsyncWrite for Broken {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
    let (reader, _open) = tokio::io::duplex(16);
    let peer = Peer::spawn(
        Connection::from_streams(reader, Broken),
        Quiet,
        ConnectionLimits::default(),
    );
    let broken = DisconnectKind::Io(io::ErrorKind::BrokenPipe);
    assert_eq!(kind_of(peer.call_raw("m", &()).await), broken);
}

#[tokio::test]
async fn what_the_peer_sent_before_it_hung_up_is_read_though_writing_fails_first() {
    let Fixture { mut other, peer, told, .. } = Fixture::new();
    let mut call = Box::pin(peer.call_raw("m", &()));
    assert!(call.as_mut().now_or_never().is_none());
    for _ in 0..3 {
        // Without an await that waits: the writer and the reader have not run yet.
        other.send(r#"{"jsonrpc":"2.0","method":"last"}"#).now_or_never().unwrap();
    }
    drop(other);
    assert_eq!(kind_of(call.await), DisconnectKind::Eof);
    assert_eq!(told.rest().await.len(), 4);
}

#[tokio::test]
async fn a_panic_in_closed_still_fails_pending_calls() {
    struct Panics;
    impl Inbound for Panics {
        fn notification(&mut self, _: &str, _: Option<&RawValue>) {}
        fn request(&mut self, _: &str, _: Option<&RawValue>, _: Responder) {}
        fn closed(&mut self, _: &Disconnect) {
            panic!("an owner that panics in closed");
        }
    }
    let (ours, theirs) = tokio::io::duplex(1024);
    let (reader, writer) = tokio::io::split(ours);
    let peer = Peer::spawn(
        Connection::from_streams(reader, writer),
        Panics,
        ConnectionLimits::default(),
    );
    let mut call = Box::pin(peer.call_raw("m", &()));
    assert!(call.as_mut().now_or_never().is_none());
    drop(theirs);
    assert_eq!(kind_of(call.await), DisconnectKind::Eof);
}

#[tokio::test]
async fn tcp_connects_in_bounded_time_and_carries_frames() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limit = Duration::from_secs(10);
    let (connection, accepted) =
        futures::join!(Connection::tcp(address, limit), listener.accept());
    let peer = Peer::spawn(connection.unwrap(), Quiet, ConnectionLimits::default());
    let (mut stream, _) = accepted.unwrap();
    let server = async {
        let mut request = vec![0; 1024];
        let length = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await.unwrap();
        assert!(request[..length].ends_with(b"\"method\":\"ping\"}"));
        let response =
            copilot_sessions::rpc::encode_frame(br#"{"jsonrpc":"2.0","id":1,"result":"pong"}"#);
        tokio::io::AsyncWriteExt::write_all(&mut stream, &response).await.unwrap();
    };
    let (result, ()) = futures::join!(peer.call::<String>("ping", &()), server);
    assert_eq!(result.unwrap(), "pong");
    drop(listener);
    let refused = Connection::tcp(address, limit).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn futures_and_handles_can_be_sent_between_threads() {
    fn send<T: Send>(_: T) {}
    fn send_sync<T: Send + Sync + Unpin + Clone>() {}
    fn send_static<T: Send + Unpin + 'static>() {}
    send_sync::<Peer>();
    send_sync::<Disconnect>();
    send_sync::<copilot_sessions::rpc::Process>();
    send_static::<copilot_sessions::rpc::InlineCall>();
    send_static::<Responder>();
    send_static::<Connection>();
    let _ = |peer: Peer| {
        send(peer.call::<u32>("m", &()));
        send(peer.notify("m", &()));
        send(peer.closed());
    };
}

/// An owner that takes no interest.
struct Quiet;

impl Inbound for Quiet {
    fn notification(&mut self, _: &str, _: Option<&RawValue>) {}
    fn request(&mut self, _: &str, _: Option<&RawValue>, _: Responder) {}
    fn closed(&mut self, _: &Disconnect) {}
}
