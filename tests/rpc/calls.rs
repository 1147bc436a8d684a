//! Calls and their responses.

use copilot_sessions::rpc::CallError;
use futures::FutureExt;
use futures::future::join_all;
use serde_json::json;
use serde_json::value::RawValue;

use crate::support::{Fixture, Notes, Told};

#[tokio::test]
async fn a_call_returns_the_result_of_its_id() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let call = tokio::spawn({
        let peer = peer.clone();
        async move { peer.call::<Vec<u32>>("add", &json!({"x": 1})).await }
    });
    let request = other.expect().await;
    assert_eq!(
        request,
        json!({"jsonrpc": "2.0", "id": 1, "method": "add", "params": {"x": 1}})
    );
    other.answer(&request, "[1,2]").await;
    assert_eq!(call.await.unwrap().unwrap(), [1, 2]);
}

#[tokio::test]
async fn two_hundred_pipelined_calls_are_answered_in_any_order() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let call = async |n: u32| peer.call::<u32>("echo", &[n]).await;
    let calls = join_all((0..200).map(call));
    let server = async {
        let mut requests = Vec::new();
        for _ in 0..200 {
            requests.push(other.expect().await);
        }
        // 37 and 200 have no common divisor, so this visits each once.
        for step in 0..200 {
            let request = &requests[(step * 37) % 200];
            let result = request["params"][0].to_string();
            other.answer(request, &result).await;
        }
    };
    let (results, ()) = futures::join!(calls, server);
    for (n, result) in (0..200).zip(results) {
        assert_eq!(result.unwrap(), n);
    }
    assert_eq!(peer.pending_calls(), 0);
}

#[tokio::test]
async fn an_error_response_keeps_its_code_message_and_data() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let call = peer.call_raw("m", &());
    let server = async {
        other.expect().await;
        other
            .send(
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":[0]}}"#,
            )
            .await;
    };
    let (result, ()) = futures::join!(call, server);
    let Err(CallError::Remote(error)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(
        (error.code, error.message.as_str(), error.data.unwrap().get()),
        (-32601, "no", "[0]")
    );
}

#[tokio::test]
async fn a_unit_result_accepts_null() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    for result in ["null", "{}"] {
        let call = peer.call_raw("m", &());
        let server = async {
            let request = other.expect().await;
            other.answer(&request, result).await;
        };
        assert_eq!(futures::join!(call, server).0.unwrap().get(), result);
    }
}

#[tokio::test]
async fn a_result_of_another_shape_is_given_back_with_the_error() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let server = async {
        let request = other.expect().await;
        other.answer(&request, r#"{"a": 1}"#).await;
    };
    let (result, ()) = futures::join!(peer.call::<u32>("m", &()), server);
    let Err(CallError::Decode { method, raw, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!((method.as_str(), raw.get()), ("m", r#"{"a": 1}"#));
}

#[tokio::test]
async fn responses_without_a_pending_call_are_ignored() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let server = async {
        let request = other.expect().await;
        for id in ["2", "-1", "0", "1.5", "\"2\"", "\"x\"", "99999999999999999999"] {
            other.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"wrong"}}"#)).await;
        }
        other.answer(&request, "\"first\"").await;
        other.answer(&request, "\"second\"").await;
    };
    let (result, ()) = futures::join!(peer.call::<String>("m", &()), server);
    assert_eq!(result.unwrap(), "first");
    assert!(!peer.is_closed());
}

#[tokio::test]
async fn an_error_without_an_id_fails_every_pending_call_and_no_later_one() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let calls = join_all([peer.call_raw("a", &()), peer.call_raw("b", &())]);
    let server = async {
        other.expect().await;
        other.expect().await;
        other
            .send(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}"#)
            .await;
    };
    let (results, ()) = futures::join!(calls, server);
    for result in results {
        assert!(matches!(result, Err(CallError::Unattributed(error)) if error.code == -32700));
    }
    let server = async {
        let request = other.expect().await;
        other.answer(&request, "1").await;
    };
    let (result, ()) = futures::join!(peer.call::<u32>("c", &()), server);
    assert_eq!(result.unwrap(), 1);
}

#[tokio::test]
async fn params_the_peer_could_not_read_are_refused_before_they_are_sent() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let lone = RawValue::from_string(r#"["\ud83d"]"#.to_owned()).unwrap();
    assert!(matches!(peer.call_raw("m", &lone).await, Err(CallError::Encode(_))));
    assert!(matches!(peer.notify("m", &lone).await, Err(CallError::Encode(_))));
    assert!(matches!(peer.call_inline("m", &lone, |_| {}).await, Err(CallError::Encode(_))));
    assert!(!peer.try_call_inline("m", &lone, |_| ()));
    peer.notify("fine", &"\u{1F600}").await.unwrap();
    assert_eq!(other.expect().await["method"], "fine");
}

#[tokio::test]
async fn a_dropped_call_leaves_nothing_behind() {
    let Fixture { mut other, peer, mut responders, .. } = Fixture::new();
    let mut call = Box::pin(peer.call_raw("m", &()));
    assert!(call.as_mut().now_or_never().is_none());
    assert_eq!(peer.pending_calls(), 1);
    drop(call);
    assert_eq!(peer.pending_calls(), 0);
    let request = other.expect().await;
    other.answer(&request, "1").await;
    other.barrier(&mut responders).await;
    assert!(!peer.is_closed());
}

#[tokio::test]
async fn a_callback_runs_before_the_next_frame_is_dispatched() {
    let Fixture { mut other, peer, mut told, .. } = Fixture::new();
    let (told_sender, mut order) = tokio::sync::mpsc::unbounded_channel();
    let call = peer.call_inline("m", &(), {
        let told_sender = told_sender.clone();
        move |result| {
            told_sender.send(Told::Response(result.unwrap().get().to_owned())).unwrap();
        }
    });
    let server = async {
        let request = other.expect().await;
        let response = format!(r#"{{"jsonrpc":"2.0","id":{},"result":7}}"#, request["id"]);
        let note = r#"{"jsonrpc":"2.0","method":"after"}"#;
        let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        other.write(frame(&response) + &frame(note)).await;
        // By the time the notification is told, the callback has run.
        assert_eq!(told.next().await, Told::Notification("after".to_owned(), None));
        assert_eq!(order.try_recv(), Ok(Told::Response("7".to_owned())));
    };
    let (result, ()) = futures::join!(call, server);
    assert_eq!(result.unwrap().get(), "7");
}

#[tokio::test]
async fn a_callback_runs_after_its_call_is_dropped() {
    let Fixture { mut other, peer, mut responders, .. } = Fixture::new();
    let notes = Notes::default();
    let mut call = peer.call_inline("m", &(), {
        let notes = notes.clone();
        move |result| {
            notes.add(result.map_or_else(ToString::to_string, |it| it.get().to_owned()));
        }
    });
    assert!((&mut call).now_or_never().is_none());
    drop(call);
    assert_eq!(peer.pending_calls(), 1);
    let request = other.expect().await;
    other.answer(&request, "7").await;
    other.barrier(&mut responders).await;
    assert_eq!(notes.take(), ["7"]);
    assert_eq!(peer.pending_calls(), 0);
}

#[tokio::test]
async fn a_callback_sees_the_late_answer_after_an_unattributed_error() {
    let Fixture { mut other, peer, mut responders, .. } = Fixture::new();
    let notes = Notes::default();
    let call = peer.call_inline("m", &(), {
        let notes = notes.clone();
        move |result| match result {
            Err(CallError::Remote(error)) => notes.add(error.message.clone()),
            other => panic!("{other:?}"),
        }
    });
    let server = async {
        other.expect().await;
        other
            .send(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}"#)
            .await;
    };
    assert!(matches!(futures::join!(call, server).0, Err(CallError::Unattributed(_))));
    other.send(r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"late"}}"#).await;
    other.barrier(&mut responders).await;
    assert_eq!(notes.take(), ["late"]);
}

#[tokio::test]
async fn a_callback_learns_that_the_answer_can_not_be_read() {
    let Fixture { mut other, peer, mut responders, .. } = Fixture::new();
    let notes = Notes::default();
    assert!(peer.try_call_inline("m", &(), {
        let notes = notes.clone();
        move |result| match result {
            Err(CallError::Unreadable(_)) => notes.add("unreadable"),
            other => panic!("{other:?}"),
        }
    }));
    other.expect().await;
    other.send(r#"{"jsonrpc":"2.0","id":1,"result":{}"#).await;
    other.barrier(&mut responders).await;
    assert_eq!(notes.take(), ["unreadable"]);
}

#[tokio::test]
async fn a_callback_is_dropped_when_its_call_was_never_queued_or_the_connection_ends() {
    let Fixture { mut other, peer, .. } = Fixture::new();
    let notes = Notes::default();
    let note_drop = |name: &'static str| {
        let notes = notes.clone();
        let guard = scopeguard(move || notes.add(name));
        move |_: Result<&RawValue, &CallError>| {
            let _guard = &guard;
            panic!("the callback ran");
        }
    };
    drop(peer.call_inline("never polled", &(), note_drop("unqueued")));
    assert_eq!(notes.take(), ["unqueued"]);

    let mut call = peer.call_inline("m", &(), note_drop("ended"));
    assert!((&mut call).now_or_never().is_none());
    other.expect().await;
    drop(other);
    assert!(matches!(call.await, Err(CallError::Closed(_))));
    assert_eq!(notes.take(), ["ended"]);
}

#[tokio::test]
async fn a_call_that_nobody_awaits_is_queued_at_once_and_its_answer_called_back() {
    let Fixture { mut other, peer, mut responders, .. } = Fixture::new();
    let (answered, answer) = std::sync::mpsc::channel();
    assert!(peer.try_call_inline("bye", &json!({"id": 1}), move |result| {
        answered.send(result.unwrap().get().to_owned()).unwrap();
    }));
    assert_eq!(peer.pending_calls(), 1);
    let request = other.expect().await;
    assert_eq!((request["method"].as_str(), request["id"].as_u64()), (Some("bye"), Some(1)));
    other.answer(&request, "null").await;
    other.barrier(&mut responders).await;
    assert_eq!((answer.try_recv().unwrap().as_str(), peer.pending_calls()), ("null", 0));

    let (held, given_up) = std::sync::mpsc::channel::<()>();
    assert!(peer.try_call_inline("never answered", &(), move |_| drop(held)));
    drop(other);
    peer.closed().await;
    assert_eq!(given_up.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected));
}

/// Runs a function when dropped.
fn scopeguard(run: impl FnOnce()) -> impl Drop {
    struct Guard<F: FnOnce()>(Option<F>);
    impl<F: FnOnce()> Drop for Guard<F> {
        fn drop(&mut self) {
            if let Some(run) = self.0.take() {
                run();
            }
        }
    }
    Guard(Some(run))
}
