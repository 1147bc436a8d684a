//! Requests of the peer, and the promise that each is answered.

use copilot_sessions::rpc::{CallError, ConnectionLimits, DisconnectKind};
use futures::FutureExt;
use serde_json::json;
use serde_json::value::RawValue;

use crate::support::{Fixture, Requests, Told};

#[tokio::test]
async fn a_request_is_answered_with_exactly_its_id() {
    for id in ["0", "-7", "1152921504606846976", "99999999999999999999999", r#""a\u0041""#] {
        let Fixture { mut other, peer: _peer, .. } =
            Fixture::with(ConnectionLimits::default(), 4096, Requests::Echo);
        other.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m","params":[1]}}"#)).await;
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":[1]}}"#);
        let expected = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let mut frame = vec![0; expected.len()];
        tokio::io::AsyncReadExt::read_exact(&mut other.stream, &mut frame).await.unwrap();
        assert_eq!(String::from_utf8(frame).unwrap(), expected);
    }
}

#[tokio::test]
async fn unknown_methods_reach_the_inbound_handler() {
    let Fixture { mut other, mut told, mut responders, peer: _peer } = Fixture::new();
    other.send(r#"{"jsonrpc":"2.0","id":"x","method":"never.heard\/of","params":null}"#).await;
    assert_eq!(told.next().await, Told::Request("never.heard/of".to_owned(), None));
    responders.recv().await.unwrap().error(-32601, "Unhandled method");
    let error = json!({"code": -32601, "message": "Unhandled method"});
    assert_eq!(other.expect().await, json!({"jsonrpc": "2.0", "id": "x", "error": error}));
}

#[tokio::test]
async fn a_dropped_responder_answers_with_an_error() {
    let Fixture { mut other, mut responders, peer: _peer, .. } = Fixture::new();
    other.send(r#"{"jsonrpc":"2.0","id":5,"method":"m"}"#).await;
    drop(responders.recv().await.unwrap());
    let answer = other.expect().await;
    assert_eq!(
        (answer["id"].as_u64(), answer["error"]["code"].as_i64()),
        (Some(5), Some(-32603))
    );
}

#[tokio::test]
async fn a_result_that_cannot_be_sent_is_answered_with_an_error() {
    let Fixture { mut other, mut responders, peer: _peer, .. } = Fixture::new();
    other.send(r#"{"jsonrpc":"2.0","id":5,"method":"m"}"#).await;
    let lone = RawValue::from_string(r#""\ud83d""#.to_owned()).unwrap();
    responders.recv().await.unwrap().respond(&lone);
    assert_eq!(other.expect().await["error"]["code"], -32603);
}

#[tokio::test]
async fn requests_beyond_the_limit_are_refused_until_replies_are_written() {
    let options = ConnectionLimits::default().max_inbound_requests(2);
    let Fixture { mut other, mut responders, peer: _peer, .. } =
        Fixture::with(options, 4096, Requests::Keep);
    for id in 1..=3 {
        other.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#)).await;
    }
    let refusal = other.expect().await;
    assert_eq!(
        (refusal["id"].as_u64(), refusal["error"]["code"].as_i64()),
        (Some(3), Some(-32000))
    );
    responders.recv().await.unwrap().respond(&1);
    assert_eq!(other.expect().await["id"], 1);
    other.send(r#"{"jsonrpc":"2.0","id":4,"method":"m"}"#).await;
    let _second = responders.recv().await.unwrap();
    assert_eq!(responders.recv().await.unwrap().id().as_json(), "4");
}

#[tokio::test]
async fn a_peer_that_ignores_refusals_is_disconnected() {
    let options = ConnectionLimits::default().max_inbound_requests(10);
    let Fixture { mut other, peer, .. } = Fixture::with(options, 256, Requests::Keep);
    let flood = async {
        for id in 0.. {
            let frame = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#);
            let frame = copilot_sessions::rpc::encode_frame(frame.as_bytes());
            if tokio::io::AsyncWriteExt::write_all(&mut other.stream, &frame).await.is_err() {
                return id;
            }
            assert!(id < 10_000, "nothing stops the flood");
        }
        unreachable!("an endless loop")
    };
    let (reason, _) = futures::join!(peer.closed(), async {
        tokio::select! { count = flood => count, _ = peer.closed() => 0 }
    });
    assert_eq!(*reason.kind(), DisconnectKind::Protocol);
}

#[tokio::test]
async fn a_panic_of_the_owner_ends_the_connection_and_leaves_no_call_pending() {
    let Fixture { mut other, told, peer, .. } =
        Fixture::with(ConnectionLimits::default(), 4096, Requests::Panic);
    let mut call = Box::pin(peer.call_raw("m", &()));
    assert!(call.as_mut().now_or_never().is_none());
    other.send(r#"{"jsonrpc":"2.0","id":1,"method":"m"}"#).await;
    assert!(matches!(call.await, Err(CallError::Closed(_))));
    assert_eq!(*peer.closed().await.kind(), DisconnectKind::Panicked);
    assert_eq!(told.rest().await, [Told::Closed(DisconnectKind::Panicked)]);
}

#[tokio::test]
async fn a_panic_of_a_callback_ends_the_connection_and_leaves_no_call_pending() {
    let Fixture { mut other, told, peer, .. } = Fixture::new();
    let mut bystander = Box::pin(peer.call_raw("m", &()));
    assert!(bystander.as_mut().now_or_never().is_none());
    let call = peer.call_inline("m", &(), |_| panic!("a callback that panics"));
    let server = async {
        other.expect().await;
        let request = other.expect().await;
        other.answer(&request, "1").await;
    };
    assert!(matches!(futures::join!(call, server).0, Err(CallError::Closed(_))));
    assert!(matches!(bystander.await, Err(CallError::Closed(_))));
    assert_eq!(told.rest().await, [Told::Closed(DisconnectKind::Panicked)]);
}
