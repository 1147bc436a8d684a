//! The scripted agent: a mock runtime that a test controls.

mod asks;
mod behaviour;
mod core;
mod incoming;
mod outgoing;
mod request;

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::sync::{mpsc, oneshot};

use self::core::AgentCore;
use self::outgoing::{Out, frame};
use crate::error::Result;
use crate::session::{Client, ClientOptions};
use crate::testing::event::AgentEvent;

pub use self::core::Received;
pub use self::request::AgentRequest;

/// A mock runtime: speaks protocol version 3 and does what a test tells it.
///
/// By default it answers like a runtime with a simple model: it does the handshake, creates and
/// resumes sessions (each with its first event behind the answer), answers every message with
/// the events of a whole turn, lists, detaches and deletes sessions, and shuts down. A test can
/// take over any part:
///
/// - [`hold`](Self::hold) and [`expect`](Self::expect) give requests to the test, which answers
///   them in any order, late, with an error, or never;
/// - [`emit`](Self::emit), [`burst`](Self::burst), [`notify`](Self::notify),
///   [`request`](Self::request) and [`raw`](Self::raw) send anything, including what no runtime
///   sends;
/// - [`call_tool`](Self::call_tool) and [`ask_permission`](Self::ask_permission) ask what a runtime asks;
/// - [`stall`](Self::stall) stops reading, [`delay`](Self::delay) puts time between messages
///   (none with tokio's paused clock), [`cut`](Self::cut) breaks the connection.
///
/// What a client sends, by the method that [`hold`](Self::hold) takes, and what an answer must have:
///
/// | a program calls | the agent gets | the answer |
/// |---|---|---|
/// | `start` | `session.create`, `session.resume` | `{"sessionId": id}` |
/// | `send`, `send_and_wait` | `session.send` | `{"messageId": id}` |
/// | `abort` | `session.abort` | `{}` |
/// | `disconnect`, `close`, drop | `session.detach` | `{"success": true}` |
/// | `delete` | `session.delete` | `{"success": true}` |
/// | a tool's function returns | `session.tools.handlePendingToolCall` | `{"success": true}` |
/// | a permission is decided | `session.permissions.handlePendingPermissionRequest` | `{"success": true}` |
///
/// [`AgentRequest::reply`] sends that answer and nothing else; the
/// [default](AgentRequest::by_default) also sends the events. A message that is held and answered with
/// an id alone is a turn that never ends. A session that [`emit`](Self::emit) has named can be resumed.
/// Text comes in deltas whether or not the session asks for streaming, which a runtime does only then.
///
/// Messages are written in the order of the calls. Their queue is unbounded, so only `async`
/// functions wait. Clones are handles to the same agent. A connected client stays connected
/// when all of them are dropped.
#[derive(Clone)]
pub struct ScriptedAgent {
    core: Arc<AgentCore>,
}

impl Default for ScriptedAgent {
    fn default() -> Self {
        Self::new()
    }
}

impl ScriptedAgent {
    /// Creates an agent on an in-memory pipe that buffers 64 KiB in each direction.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new() -> Self {
        Self::with_capacity(64 * 1024)
    }

    /// Creates an agent whose pipe buffers this many bytes in each direction.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn with_capacity(bytes: usize) -> Self {
        let (client_end, agent_end) = tokio::io::duplex(bytes);
        let (reader, writer) = tokio::io::split(agent_end);
        let agent = Self::serve(reader, writer);
        *agent.core.client_end.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(client_end);
        agent
    }

    /// Creates an agent over any two streams, such as the halves of a socket.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn serve(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        let (out, queue) = mpsc::unbounded_channel();
        let core = AgentCore::new(out);
        tokio::spawn(incoming::read(Arc::clone(&core), reader));
        tokio::spawn(outgoing::write(queue, writer));
        Self { core }
    }

    /// Connects a client to the agent. An agent has one client.
    ///
    /// # Errors
    ///
    /// Those of [`Client::connect`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; the agent cannot be connected again.
    ///
    /// # Panics
    ///
    /// When called twice, after [`stream`](Self::stream), or on an agent that was created by
    /// [`serve`](Self::serve).
    pub async fn connect(&self, options: ClientOptions) -> Result<Client> {
        let stream = self.stream();
        let (reader, writer) = tokio::io::split(stream);
        Client::connect(reader, writer, options).await
    }

    /// Takes the client's end of the pipe, for tests that connect it themselves.
    ///
    /// # Panics
    ///
    /// When called twice, after [`connect`](Self::connect), or on an agent that was created by
    /// [`serve`](Self::serve).
    #[expect(clippy::expect_used, reason = "documented")]
    pub fn stream(&self) -> DuplexStream {
        let mut end = self.core.client_end.lock().unwrap_or_else(PoisonError::into_inner);
        end.take().expect(
            "the client's end of the agent's pipe was taken before, or the agent has none",
        )
    }

    /// Holds requests of this method from now on: they wait for [`expect`](Self::expect).
    pub fn hold(&self, method: &str) {
        self.core.lock().held.insert(method.to_owned());
    }

    /// Lets the agent answer requests of this method again. It does not answer requests that
    /// are already held.
    pub fn release(&self, method: &str) {
        self.core.lock().held.remove(method);
    }

    /// Waits for the next held request of this method and takes it.
    ///
    /// # Cancel safety
    ///
    /// A dropped future takes no request.
    ///
    /// # Panics
    ///
    /// When the connection ends before such a request arrives, or the method is not held.
    pub async fn expect(&self, method: &str) -> AgentRequest {
        assert!(
            self.core.lock().held.contains(method),
            "`{method}` is not held: call `hold` first"
        );
        let held = self.core.when(|state| {
            let index = state.requests.iter().position(|request| request.method == method)?;
            state.requests.remove(index)
        });
        match held.await {
            Some(request) => AgentRequest::new(&self.core, request),
            None => panic!("the connection ended before a request of `{method}` arrived"),
        }
    }

    /// Sets the function that makes the answer to each message from its prompt. Without it the
    /// answer is `You said: {prompt}`. It runs on the agent's reader task, must not block, and
    /// may use the agent.
    pub fn answer_with(&self, answer: impl FnMut(&str) -> String + Send + 'static) {
        self.core.lock().answer = Some(Box::new(answer));
    }

    /// Sends an event of a session and adds it to the session's history, which
    /// `session.getMessages` returns without the ephemeral events. The session need not have
    /// been created.
    pub fn emit(&self, session: impl AsRef<str>, event: AgentEvent) {
        self.core.emit(session.as_ref(), event);
    }

    /// Sends `count` events of a session in one write; `event` makes each from its index. They
    /// are not added to the session's history.
    pub fn burst(
        &self,
        session: impl AsRef<str>,
        count: u64,
        mut event: impl FnMut(u64) -> AgentEvent,
    ) {
        let session = session.as_ref();
        let mut frames = Vec::new();
        for index in 0..count {
            frame(&event(index).notification(session), &mut frames);
        }
        self.raw(frames);
    }

    /// Sends a `session.lifecycle` notification.
    pub fn lifecycle(&self, kind: &str, session: impl AsRef<str>) {
        self.core.lifecycle(kind, session.as_ref());
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: Value) {
        self.core.notify(method, params);
    }

    /// Sends a request to the client and waits for its answer.
    ///
    /// # Errors
    ///
    /// The error object of the answer, or null if the connection has ended or ends during the wait.
    ///
    /// # Cancel safety
    ///
    /// The request is sent when the future is first polled. After that, dropping the future
    /// ignores the answer.
    pub async fn request(&self, method: &str, params: Value) -> Result<Value, Value> {
        let (answer, answered) = oneshot::channel();
        let id = {
            let mut state = self.core.lock();
            if state.ended {
                return Err(Value::Null);
            }
            state.next_call += 1;
            let id = state.next_call;
            state.calls.insert(id, answer);
            id
        };
        self.core
            .send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        answered.await.unwrap_or(Err(Value::Null))
    }

    /// Sends any bytes, framed or not.
    pub fn raw(&self, bytes: impl Into<Vec<u8>>) {
        self.core.raw(bytes.into());
    }

    /// Makes the agent wait this long before it writes the next message.
    pub fn delay(&self, time: Duration) {
        let _ = self.core.out.send(Out::Delay(time));
    }

    /// Ends the connection in both directions. What was sent before is still written.
    pub fn cut(&self) {
        let _ = self.core.out.send(Out::Cut);
        self.core.end();
    }

    /// Stops reading, so that the client's messages fill the pipe and then the client's queue.
    /// A stalled agent does not notice that the client closes the connection.
    pub fn stall(&self) {
        self.core.lock().stalled = true;
    }

    /// Reads again after [`stall`](Self::stall).
    pub fn resume(&self) {
        self.core.lock().stalled = false;
        self.core.changed.notify_waiters();
    }

    /// Waits until everything that was sent so far has been written, or the connection has
    /// ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn flushed(&self) {
        let (done, flushed) = oneshot::channel();
        if self.core.out.send(Out::Flushed(done)).is_ok() {
            let _ = flushed.await;
        }
    }

    /// Every request and notification received so far, in order.
    pub fn received(&self) -> Vec<Received> {
        self.core.lock().received.clone()
    }

    /// Clears what [`received`](Self::received), [`count`](Self::count) and
    /// [`wait_for`](Self::wait_for) look at. Bounds the memory of long tests.
    pub fn forget_received(&self) {
        self.core.lock().received = Vec::new();
    }

    /// The number of requests and notifications of this method received so far.
    pub fn count(&self, method: &str) -> usize {
        self.core.lock().received.iter().filter(|received| received.method == method).count()
    }

    /// Waits until `count` requests or notifications of this method have been received, and
    /// returns the `count`th.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    ///
    /// # Panics
    ///
    /// When the connection ends first.
    pub async fn wait_for(&self, method: &str, count: usize) -> Received {
        self.core
            .when(|state| {
                let mut received = state.received.iter().filter(|one| one.method == method);
                received.nth(count.saturating_sub(1)).cloned()
            })
            .await
            .unwrap_or_else(|| {
                panic!("the connection ended before `{method}` arrived {count} times")
            })
    }

    /// Waits until the client has closed the connection, or [`cut`](Self::cut) was called.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn disconnected(&self) {
        self.core.disconnected().await;
    }
}

impl fmt::Debug for ScriptedAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedAgent").finish_non_exhaustive()
    }
}
