//! What the model answers: text, reasoning and tool calls, failures, and when it stops.

use std::time::Duration;

use serde_json::Value;

/// One scripted answer.
///
/// An answer is a row of **chunks**: first those of the reasoning, then those of the text, then one for each tool
/// call. A streaming request receives them one by one, any other request receives them joined.
#[derive(Debug, Clone)]
#[must_use = "a reply does nothing until it is pushed to a model"]
pub struct Reply {
    pub(super) outcome: Outcome,
    pub(super) delay: Duration,
    pub(super) cut_after: Option<usize>,
    pub(super) hold_after: Option<usize>,
}

/// An answer or a refusal.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Completion(Vec<Chunk>),
    Failure { status: u16, message: String, retry_after: Option<u32> },
}

/// The smallest piece of an answer that is sent as one server-sent event.
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

    /// Answers with the texts in `chunks`, each sent as one piece.
    ///
    /// Without any, and with nothing added, the answer is empty, which the runtime reports as an error of the turn.
    pub fn chunks<I>(chunks: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::completion(chunks.into_iter().map(|text| Chunk::Text(text.into())).collect())
    }

    /// Asks for the tool `name` to be called with `arguments`.
    pub fn tool_call(name: impl Into<String>, arguments: Value) -> Self {
        Self::completion(Vec::new()).and_tool_call(name, arguments)
    }

    /// Refuses with the HTTP status `status` and `message` in the body.
    ///
    /// A status outside of 400 to 599 is answered as 500.
    pub fn error(status: u16, message: impl Into<String>) -> Self {
        Self::new(Outcome::Failure { status, message: message.into(), retry_after: None })
    }

    /// Gives no sign of life until [`release`](super::ScriptedModel::release), then answers `released`.
    ///
    /// The same as that text with [`hold_after(0)`](Self::hold_after).
    pub fn hang() -> Self {
        Self::text("released").hold_after(0)
    }

    /// Adds `text` to the reasoning, as one more chunk. No effect on an [`error`](Self::error).
    pub fn reasoning(self, text: impl Into<String>) -> Self {
        self.with(Chunk::Reasoning(text.into()))
    }

    /// Adds `text` to the text, as one more chunk. No effect on an [`error`](Self::error).
    pub fn and_text(self, text: impl Into<String>) -> Self {
        self.with(Chunk::Text(text.into()))
    }

    /// Adds a call of the tool `name`, to be made in parallel. No effect on an [`error`](Self::error).
    pub fn and_tool_call(self, name: impl Into<String>, arguments: Value) -> Self {
        self.with(Chunk::ToolCall { name: name.into(), arguments })
    }

    /// Sets the `retry-after` header of an [`error`](Self::error). No effect on anything else.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        if let Outcome::Failure { retry_after, .. } = &mut self.outcome {
            *retry_after = Some(seconds);
        }
        self
    }

    /// Waits for `delay` before the first byte of the answer and again before each chunk but the first.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Drops the connection after `chunks` chunks, without the end of the answer.
    ///
    /// With 0, and for a request that does not stream, not even the head of the answer is sent.
    pub fn cut_after(mut self, chunks: usize) -> Self {
        self.cut_after = Some(chunks);
        self
    }

    /// Sends `chunks` chunks, then waits for [`release`](super::ScriptedModel::release).
    ///
    /// With 0, and for a request that does not stream, even the head of the answer is held back. This is how a test
    /// stops a turn at a known point without a race.
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
