//! `Message`: a message to the agent, with attachments and options.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::events::kinds::Attachment;
use crate::secret::debug_members;

/// A message to the agent, for [`Session::ask`](crate::Session::ask), [`send`](crate::Session::send) and
/// [`send_and_wait`](crate::Session::send_and_wait).
///
/// Those take a plain string too, which becomes a message without options.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct Message {
    pub(super) prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_prompt: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    #[serde(flatten)]
    options: serde_json::Map<String, Value>,
    #[serde(skip)]
    pub(super) inactivity: Option<Duration>,
}

// Options may be headers, and attachments have URLs.
debug_members!(Message {
    plain prompt,
    plain mode,
    plain display_prompt,
    plain attachments,
    shown options,
    plain inactivity,
});

impl Message {
    /// The default of the [inactivity timeout](Self::inactivity): five minutes.
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

    /// The texts by which a `user.message` event may show the message.
    pub(super) fn texts(&self) -> Vec<Box<str>> {
        let shown = self.display_prompt.iter();
        std::iter::once(&self.prompt).chain(shown).map(|text| text.as_str().into()).collect()
    }

    /// Makes this a steering message: it changes the work under way instead of waiting for its
    /// end. If the agent is idle it is an ordinary message.
    pub fn immediate(mut self) -> Self {
        self.mode = Some("immediate");
        self
    }

    /// Sets the text that user interfaces show instead of the message's text.
    pub fn display_prompt(mut self, text: impl Into<String>) -> Self {
        self.display_prompt = Some(text.into());
        self
    }

    /// Adds an attachment: [`Attachment::file`], [`directory`](Attachment::directory),
    /// [`selection`](Attachment::selection), [`blob`](Attachment::blob), or the JSON object of another
    /// kind. The runtime ignores kinds that it does not know, without an error.
    pub fn attachment(mut self, attachment: impl Into<Attachment>) -> Self {
        self.attachments.push(attachment.into());
        self
    }

    /// Sets any other option of `session.send` by its name on the wire.
    pub fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the inactivity timeout of [`ask`](crate::Session::ask) and
    /// [`send_and_wait`](crate::Session::send_and_wait): they fail when nothing came from the session
    /// for this long. Five minutes by default; `None` for no timeout.
    ///
    /// The timeout begins with the sending, and anew when the runtime has accepted the message and with
    /// each event of the session, whatever its kind or agent.
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
