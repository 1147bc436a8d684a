//! Waiting for the answer to one message.
//!
//! `fold` says what the session's events mean for the message; this reads them, and asks the
//! runtime where they leave the end open. Both begin before the message is sent, so that
//! nothing can be missed, and take effect once the message itself has been seen in the
//! session: an idle, an error or an answer from before belongs to somebody else.

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::OptionFuture;
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, ErrorKind, Result};
use crate::events::{CloseReason, Event, EventStream, Lagged};
use crate::ids::MessageId;
use crate::session::turn::answer::Answer;
use crate::session::turn::fold::{Step, Turn};
use crate::session::turn::timing::{Question, Silence};

/// Reads `events` until the message `id` is answered; `was_idle` if the agent was idle when it was
/// sent. `is_waiting` asks the runtime whether it is at work, or keeps the message for later.
pub(super) async fn wait_for_answer<W: Future<Output = bool>>(
    mut events: EventStream,
    id: MessageId,
    was_idle: bool,
    inactivity: Option<Duration>,
    is_waiting: impl Fn(MessageId) -> W,
) -> Result<Answer> {
    let mut turn = Turn::new(id, was_idle);
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
