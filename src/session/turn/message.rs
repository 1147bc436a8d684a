//! What is sent to a session.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

/// A message to send. A plain string will do where no more is to be said.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct Message {
    pub(super) prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_prompt: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Value>,
    #[serde(flatten)]
    options: serde_json::Map<String, Value>,
    #[serde(skip)]
    pub(super) inactivity: Option<Duration>,
}

impl Message {
    /// How long `send_and_wait` bears silence of the session unless told otherwise.
    pub const DEFAULT_INACTIVITY: Duration = Duration::from_secs(300);

    /// A message with this text.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            mode: None,
            display_prompt: None,
            attachments: Vec::new(),
            options: serde_json::Map::new(),
            inactivity: Some(Self::DEFAULT_INACTIVITY),
        }
    }

    /// Steers the work under way instead of waiting for its end. Without work under way
    /// there is no difference.
    pub fn immediate(mut self) -> Self {
        self.mode = Some("immediate");
        self
    }

    /// What user interfaces show in place of the text.
    pub fn display_prompt(mut self, text: impl Into<String>) -> Self {
        self.display_prompt = Some(text.into());
        self
    }

    /// Attaches a file, directory, selection or blob, in the wire's form: an object whose
    /// member `type` is `file`, `directory`, `selection` or `blob`. The runtime drops
    /// attachments of unknown types without a word.
    pub fn attachment(mut self, attachment: Value) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Sets an option of the message by its wire name.
    pub fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options.insert(name.to_owned(), value.into());
        self
    }

    /// How long `send_and_wait` bears silence: it gives up when no event at all came from
    /// the session for this long. `None` waits for ever. Five minutes unless set.
    pub fn inactivity(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.inactivity = limit.into();
        self
    }
}

impl<T: Into<String>> From<T> for Message {
    fn from(prompt: T) -> Self {
        Self::new(prompt)
    }
}
