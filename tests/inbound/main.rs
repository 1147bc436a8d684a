//! What the runtime asks and tells of its own accord, against a scripted agent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod answers;
mod drops;
mod notifications;
mod order;
mod scopes;

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use copilot_sessions::session::{
    HandlerGuard, MethodNames, RequestOrder, RuntimeNotification, RuntimeRequest,
};
use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{Client, ClientOptions};
use futures::poll;
use serde_json::Value;

#[test]
fn what_handlers_get_and_give_can_be_sent_and_shared() {
    fn shared<T: Send + Sync + Unpin + 'static>() {}
    shared::<(RuntimeRequest, RuntimeNotification)>();
    shared::<(HandlerGuard, MethodNames, RequestOrder)>();
}

async fn connected(options: ClientOptions) -> (ScriptedAgent, Client) {
    let agent = ScriptedAgent::new();
    let client = agent.connect(options).await.unwrap();
    (agent, client)
}

/// A request that has been sent; the future waits for the answer.
type Sent = Pin<Box<dyn Future<Output = Result<Value, Value>> + Send>>;

async fn send(agent: &ScriptedAgent, method: &str, params: Value) -> Sent {
    let (agent, method) = (agent.clone(), method.to_owned());
    let mut sent: Sent = Box::pin(async move { agent.request(&method, params).await });
    match poll!(&mut sent) {
        // On another thread.
        Poll::Ready(answer) => Box::pin(std::future::ready(answer)),
        Poll::Pending => sent,
    }
}
