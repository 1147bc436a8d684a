//! The system message: what the model is told before the conversation.

use serde::Serialize;
use serde_json::json;

use crate::session::config::options::Options;
use crate::session::config::setters::{debug_shows, setters};

/// The system message of a session, which the model gets before the conversation.
///
/// # Examples
///
/// ```
/// use copilot_sessions::SystemMessage;
/// use copilot_sessions::session::SectionAction;
///
/// let message = SystemMessage::customize()
///     .section_text("tone", SectionAction::Replace, "Answer in one sentence.")
///     .section("code_change_rules", SectionAction::Remove);
/// # let _ = message;
/// ```
#[derive(Clone, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct SystemMessage {
    options: Options,
}

impl SystemMessage {
    /// The runtime's system message, followed by this text.
    pub fn append(content: impl Into<String>) -> Self {
        Self::with_mode("append").content(content)
    }

    /// This text instead of the runtime's system message.
    ///
    /// The runtime's safety rules are part of the message that is replaced.
    pub fn replace(content: impl Into<String>) -> Self {
        Self::with_mode("replace").content(content)
    }

    /// The runtime's system message, with changes to its [sections](Self::section).
    pub fn customize() -> Self {
        Self::with_mode("customize")
    }

    fn with_mode(mode: &str) -> Self {
        Self { options: Options::default().with("mode", mode) }
    }

    /// Changes a section of the runtime's system message.
    ///
    /// The sections are `preamble`, `identity`, `tone`, `tool_efficiency`,
    /// `environment_context`, `code_change_rules`, `guidelines`, `safety`,
    /// `tool_instructions`, `custom_instructions`, `runtime_instructions` and
    /// `last_instructions`. The text of a section that the runtime does not know is put
    /// behind all others.
    ///
    /// Only a message made by [`customize`](Self::customize) has sections.
    pub fn section(mut self, id: impl Into<String>, action: SectionAction) -> Self {
        self.options.add("sections", id.into(), json!({ "action": action }));
        self
    }

    /// Like [`section`](Self::section), with the text that the action uses.
    pub fn section_text(
        mut self,
        id: impl Into<String>,
        action: SectionAction,
        content: impl Into<String>,
    ) -> Self {
        let section = json!({ "action": action, "content": content.into() });
        self.options.add("sections", id.into(), section);
        self
    }

    setters! {
        /// Text of the message; in a message made by [`customize`](Self::customize), text
        /// behind all sections.
        text content = "content";
    }
}

debug_shows!(SystemMessage, |_| true);

/// What happens to a section of the runtime's system message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SectionAction {
    /// The section becomes the given text.
    Replace,
    /// The section is left out.
    Remove,
    /// The given text is put behind the section.
    Append,
    /// The given text is put before the section.
    Prepend,
    /// The section stays, even if the group that contains it is removed.
    Preserve,
    /// The runtime asks this client for the text, by a `systemMessage.transform` call.
    Transform,
}
