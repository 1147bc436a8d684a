//! The core of a scripted agent: the state that its handles, requests and tasks share.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::testing::agent::outgoing::{Out, frame};
use crate::testing::event::AgentEvent;

/// The state that the handles of an agent and its tasks share.
pub(super) struct AgentCore {
    pub(super) state: Mutex<State>,
    /// Notified after every change of the state.
    pub(super) changed: Notify,
    pub(super) out: mpsc::UnboundedSender<Out>,
    /// The client's end of the pipe, until it is taken.
    pub(super) client_end: Mutex<Option<DuplexStream>>,
}

/// Makes the text of the answer to a prompt.
type Answerer = Box<dyn FnMut(&str) -> String + Send>;

#[derive(Default)]
pub(super) struct State {
    pub(super) received: Vec<Received>,
    /// The methods that are held.
    pub(super) held: HashSet<String>,
    /// Held requests that no `expect` has taken.
    pub(super) requests: VecDeque<Request>,
    /// The agent's own requests that wait for an answer, by id.
    pub(super) calls: HashMap<u64, oneshot::Sender<Result<Value, Value>>>,
    pub(super) next_call: u64,
    pub(super) stalled: bool,
    pub(super) ended: bool,
    /// The events of each session, by id.
    pub(super) sessions: HashMap<String, Vec<AgentEvent>>,
    pub(super) answer: Option<Answerer>,
}

/// A request or a notification that the agent received from the client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// The method's name.
    pub method: String,
    /// The parameters; null if absent.
    pub params: Value,
}

/// A request of the client.
pub(super) struct Request {
    pub(super) id: Value,
    pub(super) method: String,
    pub(super) params: Value,
}

impl AgentCore {
    pub(super) fn new(out: mpsc::UnboundedSender<Out>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            changed: Notify::new(),
            out,
            client_end: Mutex::default(),
        })
    }

    /// Sends an event of a session and adds it to the session's history.
    pub(super) fn emit(&self, session: &str, event: AgentEvent) {
        self.send(&event.notification(session));
        self.lock().sessions.entry(session.to_owned()).or_default().push(event);
    }

    pub(super) fn lifecycle(&self, kind: &str, session: &str) {
        self.notify("session.lifecycle", json!({ "type": kind, "sessionId": session }));
    }

    pub(super) fn notify(&self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    pub(super) fn raw(&self, bytes: Vec<u8>) {
        let _ = self.out.send(Out::Bytes(bytes));
    }

    /// Waits until the connection has ended.
    pub(super) async fn disconnected(&self) {
        self.when(|_| None::<()>).await;
    }

    /// Waits until `look` finds something in the state; `None` when the connection ends first.
    pub(super) async fn when<T>(
        &self,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Enabled before the look, so that no change in between is missed.
            changed.as_mut().enable();
            {
                let mut state = self.lock();
                if let Some(found) = look(&mut state) {
                    return Some(found);
                }
                if state.ended {
                    return None;
                }
            }
            changed.await;
        }
    }

    pub(super) fn send(&self, message: &impl fmt::Display) {
        let mut bytes = Vec::new();
        frame(message, &mut bytes);
        self.raw(bytes);
    }

    pub(super) fn end(&self) {
        let calls = {
            let mut state = self.lock();
            state.ended = true;
            // No answer can arrive or be sent any more. Nobody will take those that are held.
            (std::mem::take(&mut state.calls), std::mem::take(&mut state.requests))
        };
        drop(calls);
        self.changed.notify_waiters();
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
