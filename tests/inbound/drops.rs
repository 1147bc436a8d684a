//! Where handlers are dropped: never under a lock, never on the connection's reader.

use std::future::ready;

use copilot_sessions::session::{RequestOrder, RuntimeRequest};
use copilot_sessions::{Client, ClientOptions, CloseReason, SessionConfig, SessionHandle};
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};

use crate::{connected, send};

/// Part of a handler; does this when the handler is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn ok(_: RuntimeRequest) -> std::future::Ready<Result<Value, copilot_sessions::rpc::RpcError>> {
    ready(Ok(Value::Null))
}

/// What a handler does when it is dropped that calls back into everything it can reach, and tells.
fn calls_back(client: Client, session: Option<SessionHandle>) -> (OnDrop<impl FnMut()>, Told) {
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    let call_back = move || {
        let _ = client.handle_requests("back", ok);
        let _ = client.handle_notifications("back", |_| ready(()));
        let _ = client.dropped_notifications();
        if let Some(session) = &session {
            let _ = session.handle_requests("back", ok);
            let _ = session.handle_notifications("back", |_| ready(()));
        }
        let _ = tell.take().unwrap().send(());
    };
    (OnDrop(call_back), told)
}

type Told = oneshot::Receiver<()>;

#[tokio::test]
async fn a_handler_that_calls_back_when_it_is_dropped_is_dropped_under_no_lock() {
    let (agent, client) = connected(ClientOptions::new()).await;
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let handler = || {
        let (on_drop, told) = calls_back(client.clone(), Some(session.handle()));
        let handler = move |request| {
            let _ = &on_drop;
            ok(request)
        };
        (handler, told)
    };

    // By its guard, by a refusal, of a client and of a session.
    let (kept, told) = handler();
    let guard = client.handle_requests(["a", "b"], kept).unwrap();
    let (refused, refused_told) = handler();
    client.handle_requests(["c", "b"], refused).unwrap_err();
    refused_told.await.unwrap();
    drop(guard);
    told.await.unwrap();
    let (kept, told) = handler();
    let guard = session.handle_ordered_requests("a", RequestOrder::all(), kept).unwrap();
    let (refused, refused_told) = handler();
    session.handle_requests("a", refused).unwrap_err();
    refused_told.await.unwrap();
    drop(guard);
    told.await.unwrap();

    // By the ends of the session and of the connection.
    let (kept, told) = handler();
    session.handle_requests("a", kept).unwrap().keep();
    let (kept, client_told) = handler();
    client.handle_requests("a", kept).unwrap().keep();
    agent.lifecycle("session.deleted", session.id());
    told.await.unwrap();
    agent.cut();
    client_told.await.unwrap();
}

#[tokio::test]
async fn a_removed_handler_answers_what_has_arrived_and_is_dropped_then() {
    static GO: Notify = Notify::const_new();
    static ENTERED: Notify = Notify::const_new();
    let (agent, client) = connected(ClientOptions::new()).await;
    let (on_drop, mut told) = calls_back(client.clone(), None);
    let handler = move |request: RuntimeRequest| {
        let _ = &on_drop;
        async move {
            ENTERED.notify_one();
            GO.notified().await;
            request.params::<Value>()
        }
    };
    let guard = client.handle_ordered_requests("m", RequestOrder::all(), handler).unwrap();
    let first = send(&agent, "m", json!(1)).await;
    let second = send(&agent, "m", json!(2)).await;
    ENTERED.notified().await;
    drop(guard);
    let error = agent.request("m", json!(3)).await.unwrap_err();
    assert_eq!(error["code"], -32_601);
    told.try_recv().unwrap_err();
    GO.notify_one();
    assert_eq!(first.await, Ok(json!(1)));
    ENTERED.notified().await;
    GO.notify_one();
    assert_eq!(second.await, Ok(json!(2)));
    told.await.unwrap();
}

#[tokio::test]
async fn a_handler_that_panics_in_its_drop_harms_neither_the_connection_nor_other_sessions() {
    let (agent, client) = connected(ClientOptions::new()).await;
    let panicking = |told: oneshot::Sender<()>| {
        let mut told = Some(told);
        let on_drop = OnDrop(move || {
            let _ = told.take().unwrap().send(());
            panic!("as told");
        });
        move |request| {
            let _ = &on_drop;
            ok(request)
        }
    };
    let session = client.create_session(SessionConfig::new()).await.unwrap();
    let other = client.create_session(SessionConfig::new()).await.unwrap();
    let (tell, told) = oneshot::channel();
    session.handle_requests("m", panicking(tell)).unwrap().keep();
    // The reader closes the session.
    agent.lifecycle("session.deleted", session.id());
    told.await.unwrap();
    other.send_and_wait("still there").await.unwrap();

    let (tell, told) = oneshot::channel();
    client.handle_requests("n", panicking(tell)).unwrap().keep();
    agent.cut();
    assert!(matches!(client.closed().await, CloseReason::ConnectionLost(_)));
    told.await.unwrap();
}

#[tokio::test]
async fn a_handler_that_holds_the_client_goes_with_the_connection() {
    let (tell, told) = oneshot::channel::<()>();
    let (agent, client) = connected(ClientOptions::new().on_any_request(move |request| {
        let _ = &tell;
        ok(request)
    }))
    .await;
    let (held, held_told) = calls_back(client.clone(), None);
    client
        .handle_requests("m", move |request| {
            let _ = &held;
            ok(request)
        })
        .unwrap()
        .keep();
    agent.cut();
    client.closed().await;
    held_told.await.unwrap();
    // Those of the options go as well, though this client still has its options.
    told.await.unwrap_err();
    drop(client);
}
