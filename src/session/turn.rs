//! From a message that was sent to its answer.
//!
//! A fold over the session's events (`fold`), and here what waits for them. It begins before
//! the message is sent, so that nothing can be missed, and takes effect once the message itself
//! has been seen in the session: an idle, an error or an answer from before belongs to somebody
//! else. Where the events leave the end open, the runtime is asked.

mod fold;

use std::fmt;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::OptionFuture;
use tokio::time::{Instant, sleep_until};

use self::fold::{Step, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::events::{CloseReason, Event, EventStream, Lagged};
use crate::session::MessageId;

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

/// Reads `events` until the message `id` is answered; `alone` if the agent was idle when it was
/// sent. `is_waiting` asks the runtime whether it is at work, or keeps the message for later.
pub(super) async fn answer<W: Future<Output = bool>>(
    mut events: EventStream,
    id: MessageId,
    alone: bool,
    inactivity: Option<Duration>,
    is_waiting: impl Fn(MessageId) -> W,
) -> Result<Answer> {
    let mut turn = Turn::new(id, alone);
    let mut silence = Silence::new(inactivity);
    let mut question = Question::after(Duration::ZERO);
    let mut asking = None;
    loop {
        let in_doubt = turn.is_in_doubt();
        let ask_at = (in_doubt && asking.is_none()).then_some(question.at);
        let wake = [silence.limit, ask_at].into_iter().flatten().min();
        tokio::select! {
            biased;
            item = events.next() => {
                silence = Silence::new(inactivity);
                if turn.apply(&read(item, &events)?)? == Step::Ended {
                    return turn.end();
                }
            }
            // Not read while there are events, unless tokio's budget hides them.
            waits = OptionFuture::from(asking.as_mut()), if asking.is_some() => {
                asking = None;
                question = question.again();
                // What says otherwise has come before the answer to the question.
                while let Some(item) = events.next_ready() {
                    silence = Silence::new(inactivity);
                    if turn.apply(&read(Some(item), &events)?)? == Step::Ended {
                        return turn.end();
                    }
                }
                if waits == Some(false) && turn.is_in_doubt() {
                    return turn.end();
                }
            }
            () = at(wake) => {
                silence.check()?;
                asking = Some(Box::pin(is_waiting(turn.id().clone())));
            }
        }
        match (in_doubt, turn.is_in_doubt()) {
            (_, false) => asking = None,
            (false, true) => question = Question::after(turn.patience()),
            (true, true) => {}
        }
    }
}

async fn at(wake: Option<Instant>) {
    match wake {
        Some(wake) => sleep_until(wake).await,
        None => pending().await,
    }
}

fn read(item: Option<Result<Arc<Event>, Lagged>>, events: &EventStream) -> Result<Arc<Event>> {
    match item {
        Some(Ok(event)) => Ok(event),
        Some(Err(lagged)) => Err(Error::new(
            ErrorKind::Lagged(lagged),
            "the answer may be among events that left the log unread; keep more events",
        )
        .with_source(lagged)),
        None => Err(Error::closed(events.close_reason().unwrap_or(CloseReason::Dropped))),
    }
}

/// When the session will have been silent for too long.
struct Silence {
    allowed: Option<Duration>,
    /// `None` for never.
    limit: Option<Instant>,
}

impl Silence {
    fn new(allowed: Option<Duration>) -> Self {
        Self { allowed, limit: allowed.and_then(|allowed| Instant::now().checked_add(allowed)) }
    }

    fn check(&self) -> Result<()> {
        match (self.allowed, self.limit) {
            (Some(allowed), Some(limit)) if limit <= Instant::now() => Err(Error::new(
                ErrorKind::TimedOut,
                format!(
                    "no event came from the session for {allowed:?}; the work may go on: read \
                     its events, or abort it"
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// When to ask the runtime whether the turn is over, as long as that is in doubt.
struct Question {
    at: Instant,
    /// How long to wait before the next one.
    pause: Duration,
}

impl Question {
    const LONGEST_PAUSE: Duration = Duration::from_secs(8);

    fn after(wait: Duration) -> Self {
        Self { at: Instant::now() + wait, pause: PAUSE }
    }

    fn again(&self) -> Self {
        let at = Instant::now() + self.pause;
        Self { at, pause: Self::LONGEST_PAUSE.min(self.pause * 2) }
    }
}

/// The first pause between two questions.
const PAUSE: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
