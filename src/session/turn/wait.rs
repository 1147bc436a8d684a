//! Waiting for the answer to one message: reads the session's events and queries the runtime.
//!
//! `fold` decides what the events mean for the message; this module reads them, and queries the
//! runtime while they leave the end open. Reading begins before the message is sent, so that no
//! event is missed. Events before the message itself are about other work.

use std::future::{Future, pending};
use std::time::Duration;

use futures::StreamExt;
use futures::future::OptionFuture;
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, Result};
use crate::events::{Event, EventStream, Gap};
use crate::ids::MessageId;
use crate::session::turn::answer::Answer;
use crate::session::turn::fold::{MessageProgress, Step};
use crate::session::turn::timing::{InactivityTimeout, QuerySchedule};

/// Reads `events` until the message `id` is answered.
///
/// `was_idle`: the agent was idle when the message was sent. `is_queued_or_busy` queries
/// whether the message is in the runtime's queue or the agent is at work.
pub(super) async fn wait_for_answer<W: Future<Output = bool>>(
    mut events: EventStream,
    id: MessageId,
    was_idle: bool,
    inactivity: Option<Duration>,
    is_queued_or_busy: impl Fn(MessageId) -> W,
) -> Result<Answer> {
    let mut progress = MessageProgress::new(id, was_idle);
    let mut timeout = InactivityTimeout::start(inactivity);
    let mut schedule = QuerySchedule::first_after(Duration::ZERO);
    let mut query = None;
    loop {
        let was_uncertain = progress.end_is_uncertain();
        let query_at = (was_uncertain && query.is_none()).then_some(schedule.at);
        let wake_at = [timeout.deadline, query_at].into_iter().flatten().min();
        tokio::select! {
            biased;
            item = events.next() => {
                timeout = InactivityTimeout::start(inactivity);
                if progress.apply(&event_of(item, &events)?)? == Step::Ended {
                    return progress.into_outcome();
                }
            }
            // Polled only when there are no events to read, or tokio's budget hides them.
            answer = OptionFuture::from(query.as_mut()), if query.is_some() => {
                query = None;
                schedule = schedule.next();
                // Events that arrived before the answer may contradict it: read them first.
                while let Some(item) = events.next_ready() {
                    timeout = InactivityTimeout::start(inactivity);
                    if progress.apply(&event_of(Some(item), &events)?)? == Step::Ended {
                        return progress.into_outcome();
                    }
                }
                if answer == Some(false) && progress.end_is_uncertain() {
                    return progress.into_outcome();
                }
            }
            () = sleep_until_or_forever(wake_at) => {
                timeout.check()?;
                query = Some(Box::pin(is_queued_or_busy(progress.id().clone())));
            }
        }
        match (was_uncertain, progress.end_is_uncertain()) {
            (_, false) => query = None,
            (false, true) => schedule = QuerySchedule::first_after(progress.query_delay()),
            (true, true) => {}
        }
    }
}

async fn sleep_until_or_forever(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

/// The event of a stream's item; a gap and the end of the stream are errors.
fn event_of(item: Option<Result<Event, Gap>>, events: &EventStream) -> Result<Event> {
    match item {
        Some(Ok(event)) => Ok(event),
        Some(Err(gap)) => {
            Err(Error::gap(gap, "the answer may be among events that are missing"))
        }
        None => Err(Error::ended(events)),
    }
}
