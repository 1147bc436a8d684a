//! A stand-in for a runtime.

mod behaviour;
mod io;
mod request;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::sync::{Notify, mpsc, oneshot};

use self::io::Out;
use crate::error::Result;
use crate::session::{Client, ClientOptions};
use crate::testing::AgentEvent;

pub use self::request::AgentRequest;

/// A stand-in for a runtime: speaks protocol version 3, does what a test tells it.
///
/// Left to itself it behaves like a runtime with a friendly model: it greets, creates and
/// resumes sessions (each with its first event behind the answer), answers what is sent
/// with a whole turn of events, lists, detaches and deletes sessions, and shuts down.
/// A test takes over as much of that as it likes:
///
/// - [`hold`](Self::hold) and [`expect`](Self::expect) hand it requests, to be answered in
///   any order, late, with an error, or never;
/// - [`emit`](Self::emit), [`burst`](Self::burst), [`notify`](Self::notify),
///   [`request`](Self::request) and [`raw`](Self::raw) send whatever a runtime might, or
///   never would;
/// - [`stall`](Self::stall) stops reading, [`delay`](Self::delay) puts time between
///   messages (with tokio's paused clock it takes none), [`cut`](Self::cut) breaks the
///   connection.
///
/// Everything that is sent leaves in the order of the calls, and nothing here waits but
/// what says so. Clones are handles to the same agent; dropping all of them changes
/// nothing for a connected client.
#[derive(Clone)]
pub struct ScriptedAgent {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Something in the state has changed.
    changed: Notify,
    out: mpsc::UnboundedSender<Out>,
    client_end: Mutex<Option<DuplexStream>>,
}

type Answerer = Box<dyn FnMut(&str) -> String + Send>;

#[derive(Default)]
struct State {
    received: Vec<Received>,
    held: HashSet<String>,
    requests: VecDeque<AgentRequest>,
    calls: HashMap<u64, oneshot::Sender<Result<Value, Value>>>,
    next_call: u64,
    stalled: bool,
    ended: bool,
    sessions: HashMap<String, Vec<AgentEvent>>,
    answer: Option<Answerer>,
}

/// What the agent received: a request or a notification of the client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// The method's name.
    pub method: String,
    /// The parameters; null if there are none.
    pub params: Value,
}

impl Default for ScriptedAgent {
    fn default() -> Self {
        Self::new()
    }
}

impl ScriptedAgent {
    /// An agent at one end of a pipe in memory that holds 64 KiB each way.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn new() -> Self {
        Self::with_capacity(64 * 1024)
    }

    /// An agent whose pipe holds this many bytes each way.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn with_capacity(bytes: usize) -> Self {
        let (client_end, agent_end) = tokio::io::duplex(bytes);
        let (reader, writer) = tokio::io::split(agent_end);
        let agent = Self::serve(reader, writer);
        *agent.shared.client_end.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(client_end);
        agent
    }

    /// An agent over any two streams, such as the halves of a socket.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn serve(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        let (out, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Notify::new(),
            out,
            client_end: Mutex::default(),
        });
        let agent = Self { shared };
        tokio::spawn(io::read(agent.clone(), reader));
        tokio::spawn(io::write(queue, writer));
        agent
    }

    /// Connects a client to the agent, once.
    ///
    /// # Errors
    ///
    /// As [`Client::connect`].
    ///
    /// # Panics
    ///
    /// When called twice, or on an agent that was made by [`serve`](Self::serve).
    pub async fn connect(&self, options: ClientOptions) -> Result<Client> {
        let stream = self.stream();
        let (reader, writer) = tokio::io::split(stream);
        Client::connect(reader, writer, options).await
    }

    /// The client's end of the pipe, to be connected by hand.
    ///
    /// # Panics
    ///
    /// When taken twice, or on an agent that was made by [`serve`](Self::serve).
    #[expect(clippy::expect_used, reason = "documented")]
    pub fn stream(&self) -> DuplexStream {
        let mut end = self.shared.client_end.lock().unwrap_or_else(PoisonError::into_inner);
        end.take().expect("the agent's client end was taken before")
    }

    /// From now on requests of this method wait for [`expect`](Self::expect).
    pub fn hold(&self, method: &str) {
        self.lock().held.insert(method.to_owned());
    }

    /// From now on requests of this method are answered by the agent itself again.
    pub fn release(&self, method: &str) {
        self.lock().held.remove(method);
    }

    /// The next request of this method that was held.
    ///
    /// # Panics
    ///
    /// When the connection ends before one comes, or if the method is not held.
    pub async fn expect(&self, method: &str) -> AgentRequest {
        assert!(self.lock().held.contains(method), "`{method}` is not held");
        self.when(|state| {
            let index = state.requests.iter().position(|request| request.method() == method)?;
            state.requests.remove(index)
        })
        .await
        .unwrap_or_else(|| panic!("the connection ended before a request of `{method}` came"))
    }

    /// Answers every message that is sent to a session with what `answer` makes of its
    /// text.
    pub fn answer_with(&self, answer: impl FnMut(&str) -> String + Send + 'static) {
        self.lock().answer = Some(Box::new(answer));
    }

    /// Sends an event of a session.
    pub fn emit(&self, session: impl AsRef<str>, event: AgentEvent) {
        let session = session.as_ref();
        self.send(&event.notification(session));
        self.lock().sessions.entry(session.to_owned()).or_default().push(event);
    }

    /// Sends `count` events of a session in one piece, made by `event` from their index.
    pub fn burst(
        &self,
        session: impl AsRef<str>,
        count: u64,
        mut event: impl FnMut(u64) -> AgentEvent,
    ) {
        let session = session.as_ref();
        let mut frames = Vec::new();
        for index in 0..count {
            io::frame(&event(index).notification(session), &mut frames);
        }
        self.raw(frames);
    }

    /// Sends a `session.lifecycle` notification.
    pub fn lifecycle(&self, kind: &str, session: impl AsRef<str>) {
        self.notify(
            "session.lifecycle",
            json!({ "type": kind, "sessionId": session.as_ref() }),
        );
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and waits for the client's answer: `Err` has its error object, or
    /// null if the connection ended.
    pub async fn request(&self, method: &str, params: Value) -> Result<Value, Value> {
        let (answer, answered) = oneshot::channel();
        let id = {
            let mut state = self.lock();
            state.next_call += 1;
            let id = state.next_call;
            state.calls.insert(id, answer);
            id
        };
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        answered.await.unwrap_or(Err(Value::Null))
    }

    /// Sends any bytes, framed or not.
    pub fn raw(&self, bytes: impl Into<Vec<u8>>) {
        let _ = self.shared.out.send(Out::Bytes(bytes.into()));
    }

    /// Waits this long before the next message is sent.
    pub fn delay(&self, time: Duration) {
        let _ = self.shared.out.send(Out::Delay(time));
    }

    /// Breaks the connection, both ways, behind what was sent before.
    pub fn cut(&self) {
        let _ = self.shared.out.send(Out::Cut);
        self.end();
    }

    /// Stops reading: what the client sends fills its queues.
    pub fn stall(&self) {
        self.lock().stalled = true;
    }

    /// Reads again.
    pub fn resume(&self) {
        self.lock().stalled = false;
        self.shared.changed.notify_waiters();
    }

    /// Waits until everything that was sent so far has left, or the connection has ended.
    pub async fn flushed(&self) {
        let (done, flushed) = oneshot::channel();
        if self.shared.out.send(Out::Flushed(done)).is_ok() {
            let _ = flushed.await;
        }
    }

    /// Every request and notification that was received so far, in order.
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// Forgets what was received so far, for tests that run long.
    pub fn forget_received(&self) {
        self.lock().received = Vec::new();
    }

    /// How many requests and notifications of this method were received so far.
    pub fn count(&self, method: &str) -> usize {
        self.lock().received.iter().filter(|received| received.method == method).count()
    }

    /// Waits until `count` requests or notifications of this method have been received;
    /// returns the last of them.
    ///
    /// # Panics
    ///
    /// When the connection ends before.
    pub async fn wait_for(&self, method: &str, count: usize) -> Received {
        self.when(|state| {
            let mut received = state.received.iter().filter(|one| one.method == method);
            received.nth(count.saturating_sub(1)).cloned()
        })
        .await
        .unwrap_or_else(|| panic!("the connection ended before `{method}` came {count} times"))
    }

    /// Waits until the client has closed the connection, or it was cut.
    pub async fn disconnected(&self) {
        self.when(|_| None::<()>).await;
    }

    /// Waits until `look` finds something in the state; `None` when the connection ends.
    async fn when<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            // Armed before the look, so that no change slips between.
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

    fn send(&self, message: &impl fmt::Display) {
        let mut bytes = Vec::new();
        io::frame(message, &mut bytes);
        self.raw(bytes);
    }

    fn end(&self) {
        let calls = {
            let mut state = self.lock();
            state.ended = true;
            // Requests hold the agent: nobody can answer them any more.
            (std::mem::take(&mut state.calls), std::mem::take(&mut state.requests))
        };
        drop(calls);
        self.shared.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ScriptedAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedAgent").finish_non_exhaustive()
    }
}
