//! From a message that was sent to its answer.
//!
//! A fold over the session's events. It begins before the message is sent, so that nothing
//! can be missed, and takes effect once the message itself has been seen in the session:
//! an idle, an error or an answer from before belongs to somebody else.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, timeout};

use crate::error::{Error, ErrorKind, Result};
use crate::events::{CloseReason, Event, EventStream};

use super::MessageId;
use super::signals::{Assistant, Failure, Idle, Signal, User};

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
    text: Box<str>,
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

/// What the events say so far of one message.
#[derive(Debug)]
struct Turn {
    id: MessageId,
    /// Whether the agent was idle when the message was sent: then, and only then, what
    /// comes next without naming a message is about this one.
    alone: bool,
    /// The message has been taken up: from here on the session speaks of it.
    taken_up: bool,
    abort: Abort,
    /// The latest answer, with its text.
    message: Option<(Arc<Event>, Box<str>)>,
    /// The latest idle since the message was taken up: its end, or that of what was at work
    /// before, told late.
    idle: Option<End>,
}

/// What the events say of an abort since the message was sent, in either order.
#[derive(Debug, Default)]
struct Abort {
    told: bool,
    /// The work that was aborted has ended.
    idle: bool,
}

/// An idle that may end the turn.
#[derive(Debug)]
struct End {
    idle: Arc<Event>,
    aborted: bool,
}

/// What one event means for the turn.
enum Step {
    Goes,
    /// Perhaps it is over, which only the runtime can tell.
    InDoubt,
    Ended,
    Failed(Error),
}

/// Reads `events` until the message `id` is answered. `is_waiting` asks the runtime whether
/// it is at work, or keeps the message for later.
pub(super) async fn answer<W: Future<Output = bool>>(
    mut events: EventStream,
    id: MessageId,
    alone: bool,
    inactivity: Option<Duration>,
    is_waiting: impl Fn(MessageId) -> W,
) -> Result<Answer> {
    let mut turn = Turn::new(id, alone);
    let mut last_event = Instant::now();
    let mut ask = false;
    loop {
        let in_doubt = turn.is_in_doubt();
        let item = if in_doubt && ask && !is_waiting(turn.id.clone()).await {
            // What says otherwise has come before the answer to the question.
            match events.next().now_or_never() {
                Some(item) => item,
                None => return turn.end(),
            }
        } else if let Some(limit) = if in_doubt { Some(ASK_AGAIN) } else { inactivity } {
            ask = false;
            match timeout(limit, events.next()).await {
                Ok(item) => item,
                Err(_) => match inactivity {
                    Some(limit) if last_event.elapsed() >= limit => return Err(silent(limit)),
                    _ => {
                        ask = true;
                        continue;
                    }
                },
            }
        } else {
            events.next().await
        };
        last_event = Instant::now();
        let event = match item {
            Some(Ok(event)) => event,
            Some(Err(lagged)) => {
                return Err(Error::new(
                    ErrorKind::Lagged(lagged),
                    "the answer may be among events that left the log unread; keep more events",
                )
                .with_source(lagged));
            }
            None => {
                let reason = events.close_reason().unwrap_or(CloseReason::Dropped);
                return Err(Error::closed(reason));
            }
        };
        match turn.apply(&event) {
            Step::Goes => {}
            Step::InDoubt => ask = true,
            Step::Failed(error) => return Err(error),
            Step::Ended => return turn.end(),
        }
    }
}

fn silent(limit: Duration) -> Error {
    Error::new(
        ErrorKind::TimedOut,
        format!(
            "no event came from the session for {limit:?}; the work may go on: read its events, \
             or abort it"
        ),
    )
}

/// How soon to ask whether a message waits still, when no event comes.
const ASK_AGAIN: Duration = Duration::from_millis(500);

impl Turn {
    fn new(id: MessageId, alone: bool) -> Self {
        let abort = Abort::default();
        Self { id, alone, taken_up: false, abort, message: None, idle: None }
    }

    /// Whether only the runtime can tell if the turn is over.
    ///
    /// An abort drops what it finds in the queue, and no event says what that was. And work
    /// that has failed is idle a moment after its error, which may be after the next message
    /// was taken up: an idle without an answer before it ends either.
    fn is_in_doubt(&self) -> bool {
        if self.taken_up {
            self.idle.is_some() && self.message.is_none()
        } else {
            self.abort.told && self.abort.idle
        }
    }

    /// What became of the message, once no more is to come.
    fn end(self) -> Result<Answer> {
        match self.idle {
            Some(End { idle, aborted: false }) => {
                let (message, text) = self.message.unzip();
                let text = text.unwrap_or_default();
                Ok(Answer { message_id: self.id, message, idle, text })
            }
            Some(End { aborted: true, .. }) | None => Err(Error::new(
                ErrorKind::Aborted,
                "what was sent was aborted before it was answered",
            )),
        }
    }

    fn apply(&mut self, event: &Arc<Event>) -> Step {
        // Sub-agents take their own turns.
        if event.agent_id().is_some() {
            return Step::Goes;
        }
        match Signal::of(event) {
            Some(Signal::User(message)) => self.user_message(&message),
            Some(Signal::Assistant(message)) => self.assistant_message(event, message),
            Some(Signal::TurnStart) => {
                self.taken_up |= self.alone;
                // The work goes on, or other work has begun, whose idle is to come.
                self.idle = None;
                Step::Goes
            }
            Some(Signal::Error(error)) => self.error(error),
            Some(Signal::Abort) => {
                self.abort.told = true;
                self.doubt()
            }
            Some(Signal::Idle(idle)) => self.idle(event, &idle),
            _ => Step::Goes,
        }
    }

    fn idle(&mut self, event: &Arc<Event>, idle: &Idle) -> Step {
        let aborted = idle.aborted == Some(true);
        if !self.taken_up {
            self.abort.idle |= aborted;
            return self.doubt();
        }
        // In autopilot the agent goes on by itself after an idle.
        if idle.mode.as_deref() == Some("autopilot") {
            return Step::Goes;
        }
        self.idle = Some(End { idle: Arc::clone(event), aborted });
        if self.is_in_doubt() { Step::InDoubt } else { Step::Ended }
    }

    fn doubt(&self) -> Step {
        if self.is_in_doubt() { Step::InDoubt } else { Step::Goes }
    }

    fn assistant_message(&mut self, event: &Arc<Event>, message: Assistant) -> Step {
        let ours = match message.originating_message_id.as_deref() {
            Some(origin) => origin == self.id.as_str(),
            None => self.taken_up || self.alone,
        };
        if ours && message.parent_tool_call_id.is_none() {
            self.taken_up = true;
            // A message may only ask for tools; the last one with text counts.
            if !message.content.is_empty() || self.message.is_none() {
                self.message = Some((Arc::clone(event), message.content));
            }
        }
        Step::Goes
    }

    fn user_message(&mut self, message: &User) -> Step {
        match message.message_id.as_deref() {
            Some(id) if id == self.id.as_str() => self.taken_up = true,
            // Older runtimes do not say which message it is: go by the order.
            None if message.source.is_none() => self.taken_up = true,
            // Somebody else's message came in between: what names no message may be theirs.
            _ if !self.taken_up => self.alone = false,
            _ => {}
        }
        Step::Goes
    }

    fn error(&self, error: Failure) -> Step {
        let ours = match error.originating_message_id.as_deref() {
            Some(origin) => origin == self.id.as_str(),
            None => self.taken_up || self.alone,
        };
        // What a client logs as an error, and an attempt that the runtime will repeat, end
        // nothing.
        if !ours || matches!(error.error_type.as_str(), "notification" | "model_call") {
            return Step::Goes;
        }
        Step::Failed(Error::new(
            ErrorKind::TurnFailed(error.error_type),
            format!("message {} was not answered: {}", self.id, error.message),
        ))
    }
}

#[cfg(test)]
mod tests;
