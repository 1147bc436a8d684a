//! A scripted reply: text, reasoning, tool calls or an HTTP error; with delays, holds and cuts.

use std::time::Duration;

use serde_json::Value;

/// The scripted reply to one request: an answer or an HTTP error.
///
/// An answer is a sequence of **chunks**: first the reasoning, then the text, then one chunk
/// for each tool call. A streaming request receives them one by one, any other request receives
/// them joined.
#[derive(Debug, Clone)]
#[must_use = "a reply does nothing until it is pushed to a model"]
pub struct Reply {
    pub(super) outcome: Outcome,
    pub(super) delay: Duration,
    pub(super) cut_after: Option<usize>,
    pub(super) hold_after: Option<usize>,
}

/// An answer or an HTTP error.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Completion(Vec<Chunk>),
    Failure { status: u16, message: String, retry_after: Option<u32> },
}

/// A piece of an answer that is sent as one server-sent event.
#[derive(Debug, Clone)]
pub(super) enum Chunk {
    Reasoning(String),
    Text(String),
    ToolCall { name: String, arguments: Value },
}

impl Chunk {
    /// The order of kinds within an answer.
    fn rank(&self) -> u8 {
        match self {
            Self::Reasoning(_) => 0,
            Self::Text(_) => 1,
            Self::ToolCall { .. } => 2,
        }
    }
}

impl Reply {
    /// Answers with `text` as a single chunk.
    pub fn text(text: impl Into<String>) -> Self {
        Self::chunks([text])
    }

    /// Answers with the texts in `chunks`, each sent as one chunk.
    ///
    /// Without any chunk the answer is empty, which the runtime reports as an error of the
    /// turn.
    pub fn chunks<I>(chunks: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::completion(chunks.into_iter().map(|text| Chunk::Text(text.into())).collect())
    }

    /// Answers with a call of the tool `name` with `arguments`.
    pub fn tool_call(name: impl Into<String>, arguments: Value) -> Self {
        Self::completion(Vec::new()).and_tool_call(name, arguments)
    }

    /// Answers with the HTTP error `status` and `message` in the body.
    ///
    /// A status outside 400 to 599 becomes 500.
    pub fn error(status: u16, message: impl Into<String>) -> Self {
        Self::new(Outcome::Failure { status, message: message.into(), retry_after: None })
    }

    /// Sends nothing until [`release`](super::ScriptedModel::release), then answers with the
    /// text `released`.
    ///
    /// Short for [`text`](Self::text) with [`hold_after(0)`](Self::hold_after).
    pub fn hang() -> Self {
        Self::text("released").hold_after(0)
    }

    /// Appends a chunk to the reasoning. Has no effect on an [`error`](Self::error).
    pub fn reasoning(self, text: impl Into<String>) -> Self {
        self.with(Chunk::Reasoning(text.into()))
    }

    /// Appends a chunk to the text. Has no effect on an [`error`](Self::error).
    pub fn and_text(self, text: impl Into<String>) -> Self {
        self.with(Chunk::Text(text.into()))
    }

    /// Appends a call of the tool `name`; the runtime may run the calls of a reply in parallel.
    /// Has no effect on an [`error`](Self::error).
    pub fn and_tool_call(self, name: impl Into<String>, arguments: Value) -> Self {
        self.with(Chunk::ToolCall { name: name.into(), arguments })
    }

    /// Sets the `retry-after` header of an [`error`](Self::error), in seconds. Has no effect on
    /// an answer.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        if let Outcome::Failure { retry_after, .. } = &mut self.outcome {
            *retry_after = Some(seconds);
        }
        self
    }

    /// Waits for `delay` before the first byte of the reply, and again before each chunk except
    /// the first.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Drops the connection after `chunks` chunks, without the end of the answer.
    ///
    /// With 0, and for a request that does not stream, nothing is sent at all. With more than
    /// the answer has, a streamed answer is complete.
    pub fn cut_after(mut self, chunks: usize) -> Self {
        self.cut_after = Some(chunks);
        self
    }

    /// Sends `chunks` chunks, then waits for [`release`](super::ScriptedModel::release).
    ///
    /// With 0, and for a request that does not stream, nothing is sent before the release. With
    /// more than the answer has, a streamed answer is not held. A test uses this to stop a turn
    /// at a known point without a race.
    pub fn hold_after(mut self, chunks: usize) -> Self {
        self.hold_after = Some(chunks);
        self
    }

    fn completion(chunks: Vec<Chunk>) -> Self {
        Self::new(Outcome::Completion(chunks))
    }

    fn new(outcome: Outcome) -> Self {
        Self { outcome, delay: Duration::ZERO, cut_after: None, hold_after: None }
    }

    fn with(mut self, chunk: Chunk) -> Self {
        if let Outcome::Completion(chunks) = &mut self.outcome {
            let at = chunks.partition_point(|other| other.rank() <= chunk.rank());
            chunks.insert(at, chunk);
        }
        self
    }
}
