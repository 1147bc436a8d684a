//! The JSON of the OpenAI chat completions API: chunks, whole answers, errors, models.

use serde_json::{Value, json};

use crate::testing::model::reply::Chunk;
use crate::testing::model::request::ModelRequest;

/// Long, so that masking it in the text of events matches nothing else.
pub(super) const API_KEY: &str = "scripted-model-key-5f1c0b7e9a3d4c2286e0d9b41f7a6c35";
/// The one model in the list of models.
pub(super) const MODEL: &str = "scripted-model";

/// What an answer contains besides its chunks.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    number: usize,
    model: String,
    prompt_tokens: usize,
}

impl Answer {
    /// The answer to the `number`th request.
    pub(super) fn new(number: usize, request: &ModelRequest) -> Self {
        let characters: usize =
            request.messages().iter().map(|message| message.to_string().len()).sum();
        Self {
            number,
            model: request.model().to_owned(),
            // The usual estimate. The runtime does not check it.
            prompt_tokens: characters / 4,
        }
    }

    /// The number of the request, from one.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// The server-sent event for the last of `chunks`; the others have been sent.
    pub(super) fn chunk(&self, chunks: &[Chunk]) -> String {
        let mut delta = match chunks.last() {
            Some(Chunk::Reasoning(text)) => json!({ "reasoning_content": text }),
            Some(Chunk::Text(text)) => json!({ "content": text }),
            Some(Chunk::ToolCall { .. }) => {
                json!({ "tool_calls": self.tool_calls(chunks).pop().as_slice() })
            }
            None => json!({}),
        };
        if chunks.len() == 1 {
            insert(&mut delta, "role", json!("assistant"));
        }
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": null });
        event(&self.envelope("chat.completion.chunk", &json!([choice])))
    }

    /// The server-sent events at the end of an answer made of `chunks`.
    pub(super) fn end(&self, chunks: &[Chunk]) -> String {
        let choice = json!({ "index": 0, "delta": {}, "finish_reason": finish_reason(chunks) });
        let finish = self.envelope("chat.completion.chunk", &json!([choice]));
        let mut usage = self.envelope("chat.completion.chunk", &json!([]));
        insert(&mut usage, "usage", self.usage(chunks));
        format!("{}{}data: [DONE]\n\n", event(&finish), event(&usage))
    }

    /// The body of an answer that is not streamed.
    pub(super) fn whole(&self, chunks: &[Chunk]) -> String {
        let mut message = json!({ "role": "assistant", "content": null });
        let text = joined(chunks, |chunk| matches!(chunk, Chunk::Text(_)));
        if let Some(text) = text {
            insert(&mut message, "content", json!(text));
        }
        if let Some(text) = joined(chunks, |chunk| matches!(chunk, Chunk::Reasoning(_))) {
            insert(&mut message, "reasoning_content", json!(text));
        }
        let calls = self.tool_calls(chunks);
        if !calls.is_empty() {
            insert(&mut message, "tool_calls", json!(calls));
        }
        let choice =
            json!({ "index": 0, "message": message, "finish_reason": finish_reason(chunks) });
        let mut body = self.envelope("chat.completion", &json!([choice]));
        insert(&mut body, "usage", self.usage(chunks));
        body.to_string()
    }

    fn envelope(&self, object: &str, choices: &Value) -> Value {
        json!({
            "id": format!("chatcmpl-{}", self.number),
            "object": object,
            "created": 1_700_000_000,
            "model": self.model,
            "choices": choices,
        })
    }

    /// The tool calls among `chunks`, numbered from zero.
    fn tool_calls(&self, chunks: &[Chunk]) -> Vec<Value> {
        chunks
            .iter()
            .filter_map(|chunk| match chunk {
                Chunk::ToolCall { name, arguments } => Some((name, arguments)),
                Chunk::Reasoning(_) | Chunk::Text(_) => None,
            })
            .enumerate()
            .map(|(index, (name, arguments))| {
                json!({
                    "index": index,
                    "id": format!("call_{}_{index}", self.number),
                    "type": "function",
                    "function": { "name": name, "arguments": arguments.to_string() },
                })
            })
            .collect()
    }

    fn usage(&self, chunks: &[Chunk]) -> Value {
        let completion_tokens = chunks.len().max(1);
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": self.prompt_tokens + completion_tokens,
        })
    }
}

/// The body of an error answer.
pub(super) fn failure(status: u16, message: &str) -> String {
    let kind = if status < 500 { "invalid_request_error" } else { "server_error" };
    json!({ "error": { "message": message, "type": kind, "code": status.to_string() } })
        .to_string()
}

/// The body of the list of models.
pub(super) fn models() -> String {
    let model =
        json!({ "id": MODEL, "object": "model", "created": 1_700_000_000, "owned_by": "test" });
    json!({ "object": "list", "data": [model] }).to_string()
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

fn finish_reason(chunks: &[Chunk]) -> &'static str {
    let calls = chunks.iter().any(|chunk| matches!(chunk, Chunk::ToolCall { .. }));
    if calls { "tool_calls" } else { "stop" }
}

/// The joined texts of the chunks that `wanted` selects; `None` when it selects none.
fn joined(chunks: &[Chunk], wanted: impl Fn(&Chunk) -> bool) -> Option<String> {
    let mut picked = chunks.iter().filter(|chunk| wanted(chunk)).peekable();
    picked.peek()?;
    Some(
        picked
            .filter_map(|chunk| match chunk {
                Chunk::Reasoning(text) | Chunk::Text(text) => Some(text.as_str()),
                Chunk::ToolCall { .. } => None,
            })
            .collect(),
    )
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}
