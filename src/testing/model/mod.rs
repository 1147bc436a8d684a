//! A mock language model: an HTTP server on a loopback port that answers from a script.
//!
//! A real runtime runs whole turns offline when a session has its own provider.
//! [`ScriptedModel`] is such a provider: it implements the part of the OpenAI chat completions
//! API that the runtime uses. Everything else is done by the real runtime: tools, permissions,
//! hooks, retries, compaction.
//!
//! # Which reply a request gets
//!
//! Each request takes the next reply of the queue, which [`ScriptedModel::push`] fills. When
//! the queue is empty, the function set with [`ScriptedModel::respond_with`] makes the reply;
//! without one, the model echoes [`ModelRequest::prompt`]. A turn makes **one request per
//! step**. Retries after an error and the steps of sub-agents are requests like any other, so a
//! function is clearer than a queue for tests with those.
//!
//! # Which requests a runtime makes
//!
//! Runtime 1.0.85 and CLI 1.0.102 make a request for each step of a turn, and one for the
//! summary when a conversation is compacted. Titles, usage and the list of models cause no
//! request.
//!
//! | event in the session | requests |
//! |---|---|
//! | a turn of text or reasoning | 1 |
//! | a turn with tool calls, any number of them in one reply | 2; the second has the [results](ModelRequest::tool_results) |
//! | a turn that calls a sub-agent | 3: its own, that of the [sub-agent](ModelRequest::is_sub_agent), its own with the result |
//! | [`Reply::error`] with status 400 | 1, and the turn ends with an error |
//! | status 401 | at most 3 |
//! | status 429 or 500, or a cut connection | at most 6, with increasing pauses: 16 s in total, unless `retry-after` is shorter |
//! | a compaction | 1; [`ModelRequest::is_compaction`] is true for it |
//! | an empty answer | 1, and the turn ends with an error |
//!
//! A turn that failed or was aborted leaves its user message in the conversation, so the next
//! request has two user messages in a row.
//!
//! # Tests without sleeps
//!
//! [`ScriptedModel::wait_for_requests`] waits until the runtime has made its request. A held
//! reply ([`Reply::hang`], [`Reply::hold_after`]) waits for [`ScriptedModel::release`].
//!
//! # The API key
//!
//! Some runtimes mask every occurrence of the provider's key in the text of events.
//! [`ScriptedModel::api_key`] is therefore long and occurs nowhere else; a key such as `x`
//! would change the events under test.
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

use self::script::ModelCore;

pub use self::reply::Reply;
pub use self::request::ModelRequest;

/// A mock language model that listens on a loopback port until it is dropped.
///
/// The [module documentation](self) says which reply a request gets. The model keeps every
/// request in memory.
pub struct ScriptedModel {
    address: SocketAddr,
    core: Arc<ModelCore>,
    server: AbortHandle,
}

impl ScriptedModel {
    /// Starts a model on `127.0.0.1`, on a port that the system chooses. The current tokio
    /// runtime runs it.
    ///
    /// # Errors
    ///
    /// The model cannot listen on the loopback interface.
    ///
    /// # Cancel safety
    ///
    /// A dropped future leaves nothing behind.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with an I/O driver.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let core = Arc::new(ModelCore::default());
        let server = tokio::spawn(serve::accept(listener, Arc::clone(&core))).abort_handle();
        Ok(Self { address, core, server })
    }

    /// The base URL for the provider, such as `http://127.0.0.1:40123/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The API key for the provider. It is not checked; [`ModelRequest::authorization`] is what
    /// was sent.
    pub fn api_key(&self) -> &'static str {
        wire::API_KEY
    }

    /// A model name for the session. Any name works; `/v1/models` lists this one.
    pub fn name(&self) -> &'static str {
        wire::MODEL
    }

    /// Appends a reply to the queue.
    pub fn push(&self, reply: Reply) {
        self.core.push(reply);
    }

    /// Sets the function that makes the replies when the queue is empty. A second call replaces
    /// it.
    ///
    /// It runs on a task of the model and must not block. It may push replies.
    pub fn respond_with<F>(&self, respond: F)
    where
        F: Fn(&ModelRequest) -> Reply + Send + Sync + 'static,
    {
        self.core.respond_with(Arc::new(respond));
    }

    /// The number of replies in the queue.
    pub fn replies_left(&self) -> usize {
        self.core.replies_left()
    }

    /// All completion requests so far, in order of arrival, including unanswered ones.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.core.requests()
    }

    /// Waits until at least `count` completion requests have arrived, and returns all of them.
    ///
    /// A request has arrived when it has taken its reply from the queue, before the first byte
    /// of the answer is sent.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn wait_for_requests(&self, count: usize) -> Vec<ModelRequest> {
        self.core.wait_for_requests(count).await
    }

    /// Releases the held replies to all requests that have arrived so far.
    ///
    /// Replies to later requests are held again. After
    /// [`wait_for_requests`](Self::wait_for_requests) there is no race: a reply that has not
    /// reached its hold yet will not stop there.
    pub fn release(&self) {
        self.core.release();
    }
}

impl Drop for ScriptedModel {
    /// Stops listening and drops all connections, even in the middle of an answer.
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedModel")
            .field("address", &self.address)
            .field("requests", &self.core.requests().len())
            .field("replies_left", &self.replies_left())
            .finish_non_exhaustive()
    }
}
