//! `Answer`: the agent's answer to one message.

use std::fmt;

use crate::events::Event;
use crate::ids::MessageId;

/// The agent's answer to a message, from [`Session::ask`](crate::Session::ask) and
/// [`Session::send_and_wait`](crate::Session::send_and_wait).
///
/// `Display` writes the text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The id of the message that was answered.
    pub message_id: MessageId,
    /// The `assistant.message` event with the answer: the last one with text, or the first one
    /// if none has text; `None` if the agent sent none.
    pub message: Option<Event>,
    /// The event that ended the work on the message: `session.idle`, or in autopilot perhaps
    /// `session.autopilot_stopped`.
    pub end: Event,
    pub(super) text: Box<str>,
}

impl Answer {
    /// The text of the answer; empty if the agent wrote none.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
