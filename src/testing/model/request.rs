//! A chat completions request that the runtime sent to the model.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// A chat completions request of the runtime. Cheap to clone.
///
/// The accessors cover what tests need most; [`body`](Self::body) has everything. `Debug` prints no
/// headers, which have the key.
#[derive(Clone)]
pub struct ModelRequest {
    body: Arc<Value>,
    headers: Arc<[(String, String)]>,
}

impl fmt::Debug for ModelRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelRequest").field("body", &self.body).finish_non_exhaustive()
    }
}

impl ModelRequest {
    pub(super) fn new(body: Value, headers: Vec<(String, String)>) -> Self {
        Self { body: Arc::new(body), headers: headers.into() }
    }

    /// The whole request body.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The name of the requested model; empty if the request names none.
    pub fn model(&self) -> &str {
        self.field("model").and_then(Value::as_str).unwrap_or("")
    }

    /// Whether the request asks for a streamed answer.
    pub fn is_streaming(&self) -> bool {
        self.field("stream").and_then(Value::as_bool).unwrap_or(false)
    }

    /// The conversation: system prompt, user messages, answers and tool results, oldest first.
    pub fn messages(&self) -> &[Value] {
        self.field("messages").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The text of the system prompt; `None` if there is none.
    pub fn system_prompt(&self) -> Option<String> {
        self.messages().iter().find(|message| has_role(message, "system")).map(text_of)
    }

    /// The text of the last user message, as the runtime sent it; `None` if there is none.
    ///
    /// Runtimes add context to the user's text, such as the time; [`prompt`](Self::prompt)
    /// removes it.
    pub fn last_user_message(&self) -> Option<String> {
        self.messages().iter().rfind(|message| has_role(message, "user")).map(text_of)
    }

    /// The user's own text: [`last_user_message`](Self::last_user_message) without the
    /// `<tag>…</tag>` blocks around it.
    pub fn prompt(&self) -> String {
        strip_blocks(&self.last_user_message().unwrap_or_default()).to_owned()
    }

    /// The tool results at the end of the conversation, in order: call id and text of each.
    ///
    /// Empty for the first request of a turn.
    pub fn tool_results(&self) -> Vec<(String, String)> {
        let messages = self.messages();
        let results =
            messages.iter().rev().take_while(|message| has_role(message, "tool")).count();
        messages
            .iter()
            .skip(messages.len() - results)
            .map(|message| {
                let id = message.get("tool_call_id").and_then(Value::as_str);
                (id.unwrap_or("").to_owned(), text_of(message))
            })
            .collect()
    }

    /// The names of the tools that the model may call.
    pub fn tools(&self) -> Vec<&str> {
        self.field("tools")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|tool| tool.get("function")?.get("name")?.as_str())
            .collect()
    }

    /// Whether the request is from a sub-agent instead of the main agent.
    pub fn is_sub_agent(&self) -> bool {
        self.header("x-interaction-type") == Some("conversation-subagent")
    }

    /// Whether the request asks for a summary of the conversation, which then replaces it
    /// (compaction).
    pub fn is_compaction(&self) -> bool {
        self.header("x-interaction-type") == Some("conversation-compaction")
    }

    /// The value of the header `name`, which matches in any letter case. Values that are not
    /// ASCII are left out.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The key or token in the `authorization` header, without `Bearer`.
    pub fn authorization(&self) -> Option<&str> {
        let value = self.header("authorization")?;
        Some(value.strip_prefix("Bearer ").unwrap_or(value))
    }

    fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name)
    }
}

fn has_role(message: &Value, role: &str) -> bool {
    message.get("role").and_then(Value::as_str) == Some(role)
}

/// The text of a message, whose content is a string or a list of parts.
fn text_of(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).collect()
        }
        _ => String::new(),
    }
}

/// Removes `<tag>…</tag>` blocks from both ends of `text`, unless nothing else is left.
fn strip_blocks(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let rest =
            without_leading_block(text).or_else(|| without_trailing_block(text)).map(str::trim);
        match rest {
            Some(rest) if !rest.is_empty() => text = rest,
            _ => return text,
        }
    }
}

fn without_leading_block(text: &str) -> Option<&str> {
    let (tag, rest) = text.strip_prefix('<')?.split_once('>')?;
    is_tag(tag).then_some(())?;
    rest.split_once(&format!("</{tag}>")).map(|(_, rest)| rest)
}

fn without_trailing_block(text: &str) -> Option<&str> {
    let (rest, tag) = text.strip_suffix('>')?.rsplit_once("</")?;
    is_tag(tag).then_some(())?;
    rest.rsplit_once(&format!("<{tag}>")).map(|(rest, _)| rest)
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty()
        && tag
            .chars()
            .all(|character| character.is_ascii_lowercase() || matches!(character, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(body: Value) -> ModelRequest {
        ModelRequest::new(body, vec![("Authorization".into(), "Bearer key".into())])
    }

    #[test]
    fn the_prompt_is_the_user_message_without_the_blocks_around_it() {
        for text in [
            "hello <b>",
            "<current_datetime>now</current_datetime>\n\nhello <b>",
            "<a>1</a>\n<b>2</b>\nhello <b>\n\n<reminder>\n<x>3</x>\n</reminder>",
        ] {
            let request = request(json!({ "messages": [{ "role": "user", "content": text }] }));
            assert_eq!(request.prompt(), "hello <b>");
        }
    }

    #[test]
    fn a_prompt_that_is_only_a_block_is_kept() {
        let request =
            request(json!({ "messages": [{ "role": "user", "content": "<a>b</a>" }] }));
        assert_eq!(request.prompt(), "<a>b</a>");
    }

    #[test]
    fn tool_results_are_those_after_the_last_answer() {
        let request = request(json!({ "messages": [
            { "role": "system", "content": "be brief" },
            { "role": "tool", "tool_call_id": "old", "content": "0" },
            { "role": "assistant", "content": null },
            { "role": "tool", "tool_call_id": "a", "content": "1" },
            { "role": "tool", "tool_call_id": "b", "content": [{ "type": "text", "text": "2" }] },
        ] }));
        let expected =
            [("a", "1"), ("b", "2")].map(|(id, text)| (id.to_owned(), text.to_owned()));
        assert_eq!(request.tool_results(), expected);
        assert_eq!(request.system_prompt().as_deref(), Some("be brief"));
    }

    #[test]
    fn absent_fields_are_empty_values() {
        let request = request(json!({}));
        assert_eq!(request.model(), "");
        assert!(!request.is_streaming());
        assert!(request.messages().is_empty() && request.tools().is_empty());
        assert_eq!(request.prompt(), "");
        assert_eq!(request.authorization(), Some("key"));
    }
}
