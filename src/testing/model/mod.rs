//! A scripted language model on a loopback port.
//!
//! The runtime runs whole turns offline when a session brings its own provider. [`ScriptedModel`] is such a
//! provider: it speaks the part of the chat-completions interface that the runtime uses, and answers from a script.
//! What the test does not script, the real runtime does: tools, permissions, hooks, retries, compaction.
//!
//! # Which reply a request gets
//!
//! Replies pushed with [`ScriptedModel::push`] are given out in the order in which requests arrive. When none is
//! left, the function set with [`ScriptedModel::respond_with`] decides, and without one the model echoes
//! [`ModelRequest::prompt`]. A turn makes **one request per step**. Retries after an error and the steps of sub-agents
//! are requests like any other, so tests with those are clearer with a function of the request than with a queue.
//!
//! # What the runtime asks
//!
//! As seen with runtime 1.0.85 and CLI 1.0.102: nothing but the steps of turns, and summaries when a conversation is
//! compacted. Titles, usage and the list of models cost no request.
//!
//! | in the session | requests |
//! |---|---|
//! | a turn of text or reasoning | 1 |
//! | a turn with tool calls, any number of them in one reply | 2: the second has the [results](ModelRequest::tool_results) |
//! | a turn that calls a sub-agent | 3: its own, the [sub-agent's](ModelRequest::is_sub_agent), its own with the result |
//! | [`Reply::error`] with status 400 | 1, and the turn ends with an error |
//! | status 401 | at most 3 |
//! | status 429 or 500, or a cut connection | at most 6, with rising pauses: 16 s in all, unless `retry-after` says less |
//! | a compaction | 1, which [`ModelRequest::is_compaction`] tells apart |
//! | an empty answer | 1, and the turn ends with an error |
//!
//! A turn that failed or was aborted leaves its user message in the conversation: the next request has two in a row.
//!
//! # Time
//!
//! Nothing here needs a sleep in a test. [`ScriptedModel::wait_for_requests`] waits until the runtime has asked, and
//! a reply that is held ([`Reply::hang`], [`Reply::hold_after`]) stays where it is until [`ScriptedModel::release`].
//!
//! # Keys
//!
//! Some runtimes mask every occurrence of the provider's key in the text of events. [`ScriptedModel::api_key`] is
//! long and occurs nowhere else for that reason; a key such as `x` would garble the events under test.
//!
//! # Examples
//!
//! ```
//! use copilot_sessions::testing::model::{Reply, ScriptedModel};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let model = ScriptedModel::start().await?;
//! model.push(Reply::tool_call("lookup", serde_json::json!({ "word": "log" })));
//! model.push(Reply::chunks(["A log ", "is a list."]));
//!
//! assert!(model.base_url().ends_with("/v1"));
//! assert!(model.requests().is_empty());
//! # Ok(())
//! # }
//! ```

mod reply;
mod request;
mod script;
mod serve;
mod stream;
mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::{fmt, io};

use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use self::script::Shared;

pub use self::reply::Reply;
pub use self::request::ModelRequest;

/// A scripted language model that listens on a loopback port until it is dropped.
///
/// See the [module documentation](self) for how replies are chosen.
pub struct ScriptedModel {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

impl ScriptedModel {
    /// Starts a model on `127.0.0.1`, on a port chosen by the system.
    ///
    /// Must be called within a tokio runtime, which then also runs the model.
    ///
    /// # Errors
    ///
    /// When the loopback interface gives no port.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing listens before the future is ready.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let server = tokio::spawn(serve::accept(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// The address to give the provider as its base URL, such as `http://127.0.0.1:40123/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The key to give the provider. It is not checked; [`ModelRequest::authorization`] tells what was sent.
    pub fn api_key(&self) -> &'static str {
        wire::API_KEY
    }

    /// A model name for the session. Any name works; this is the one that `/v1/models` lists.
    pub fn name(&self) -> &'static str {
        wire::MODEL
    }

    /// Appends a reply to the queue.
    pub fn push(&self, reply: Reply) {
        self.shared.push(reply);
    }

    /// Sets the function that answers requests for which the queue has no reply. A second call replaces the first.
    ///
    /// It runs on the model's task: it must not block.
    pub fn respond_with<F>(&self, respond: F)
    where
        F: Fn(&ModelRequest) -> Reply + Send + Sync + 'static,
    {
        self.shared.respond_with(Arc::new(respond));
    }

    /// Number of pushed replies that no request has taken yet.
    pub fn replies_left(&self) -> usize {
        self.shared.replies_left()
    }

    /// All completion requests so far, in order of arrival, those still unanswered included.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.shared.requests()
    }

    /// Waits until `count` completion requests have arrived, and returns all that have.
    ///
    /// A request counts once it has taken its place in the queue, before the first byte of its answer is sent.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: requests are kept, so a later call sees the same.
    pub async fn wait_for_requests(&self, count: usize) -> Vec<ModelRequest> {
        self.shared.wait_for_requests(count).await
    }

    /// Lets the replies to all requests that have arrived so far go on if they are held.
    ///
    /// Replies to requests that arrive later hold again. After [`wait_for_requests`](Self::wait_for_requests) this is
    /// free of races: a reply that has not reached the point where it holds will not stop there.
    pub fn release(&self) {
        self.shared.release();
    }
}

impl Drop for ScriptedModel {
    /// Stops listening and drops all connections, in the middle of an answer if need be.
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedModel")
            .field("address", &self.address)
            .field("requests", &self.shared.requests().len())
            .field("replies_left", &self.replies_left())
            .finish_non_exhaustive()
    }
}
