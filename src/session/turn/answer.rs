//! The answer to a message.

use std::fmt;
use std::sync::Arc;

use crate::events::Event;
use crate::ids::MessageId;

/// The answer to a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The message that it answers.
    pub message_id: MessageId,
    /// The `assistant.message` that has the answer's text; `None` if the agent said
    /// nothing.
    pub message: Option<Arc<Event>>,
    /// The `session.idle` that ended the work.
    pub idle: Arc<Event>,
    pub(super) text: Box<str>,
}

impl Answer {
    /// The text of the answer; empty if the agent said nothing.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
