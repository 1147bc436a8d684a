//! Waiting for the end of the work on one message: reads the session's events and queries the
//! runtime.
//!
//! [`MessageRun`] decides what the events mean for the message; this reads them, and queries the
//! runtime while they leave the end open. Reading begins before the message is sent, so that no
//! event is missed. Events before the message itself are about other work.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::StreamExt;
use futures::future::OptionFuture;

use crate::error::{Error, ErrorKind, Result};
use crate::events::{Event, EventStream, Gap, MessageRun, RunEnd, Step, TypedError};
use crate::ids::MessageId;
use crate::session::turn::answer::Answer;
use crate::session::turn::timing::{Alarm, InactivityTimeout, QuerySchedule};

/// The work on a message that was sent.
///
/// `W` is a query whether the message is in the runtime's queue or the agent is at work, and `Q`
/// makes one.
pub(super) struct Work<Q, W> {
    events: EventStream,
    run: MessageRun,
    inactivity: Option<Duration>,
    timeout: InactivityTimeout,
    alarm: Alarm,
    schedule: QuerySchedule,
    is_queued_or_busy: Q,
    query: Option<Pin<Box<W>>>,
    /// The last query's answer was no: the work is over, unless an event says otherwise that arrived
    /// before the answer.
    is_done: bool,
    ended: bool,
    /// Events that belong to the run if the next one does, up to a message of the agent.
    undecided: VecDeque<Event>,
    /// Events of the run that were read and not yet returned.
    ready: VecDeque<Event>,
}

impl<Q, W> Work<Q, W>
where
    Q: Fn(MessageId) -> W,
    W: Future<Output = bool>,
{
    /// `events` begin before the message.
    pub(super) fn new(
        events: EventStream,
        run: MessageRun,
        inactivity: Option<Duration>,
        is_queued_or_busy: Q,
    ) -> Self {
        Self {
            events,
            run,
            inactivity,
            timeout: InactivityTimeout::start(inactivity),
            alarm: Alarm::default(),
            schedule: QuerySchedule::first_after(Duration::ZERO),
            is_queued_or_busy,
            query: None,
            is_done: false,
            ended: false,
            undecided: VecDeque::new(),
            ready: VecDeque::new(),
        }
    }

    pub(super) fn message_id(&self) -> &MessageId {
        self.run.id()
    }

    /// The next event of the run; `None` at its end. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<Option<Event>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.ended {
                break;
            }
            if self.is_done && !self.events.has_ready() {
                break;
            }
            let query_at = (self.run.end_is_uncertain() && self.query.is_none())
                .then_some(self.schedule.at);
            let wake_at = [self.timeout.deadline, query_at].into_iter().flatten().min();
            tokio::select! {
                biased;
                item = self.events.next() => self.apply(item)?,
                // Polled only when there are no events to read, or tokio's budget hides them.
                answer = OptionFuture::from(self.query.as_mut()), if self.query.is_some() => {
                    self.query = None;
                    self.schedule = self.schedule.next();
                    self.is_done = answer == Some(false);
                }
                () = self.alarm.at(wake_at) => {
                    self.timeout.check()?;
                    let query = (self.is_queued_or_busy)(self.run.id().clone());
                    self.query = Some(Box::pin(query));
                }
            }
        }
        Ok(None)
    }

    /// Takes over an item of the stream.
    fn apply(&mut self, item: Option<Result<Event, Gap>>) -> Result<()> {
        self.timeout = InactivityTimeout::start(self.inactivity);
        let event = event_of(item, &self.events)?;
        let was_uncertain = self.run.end_is_uncertain();
        let step = self.run.apply(&event);
        match (was_uncertain, self.run.end_is_uncertain()) {
            (_, false) => {
                self.query = None;
                self.is_done = false;
            }
            (false, true) => {
                let may_continue = self.run.may_continue();
                let delay =
                    if may_continue { QuerySchedule::FIRST_PAUSE } else { Duration::ZERO };
                self.schedule = QuerySchedule::first_after(delay);
            }
            (true, true) => {}
        }
        self.ended = matches!(step, Step::Ended | Step::EndedBefore);
        match step {
            Step::Own => {
                self.ready.append(&mut self.undecided);
                self.ready.push_back(event);
            }
            Step::Perhaps => self.undecided.push_back(event),
            Step::Ended => self.ready.push_back(event),
            Step::Other | Step::EndedBefore => self.undecided.clear(),
        }
        Ok(())
    }

    /// The outcome, once [`next`](Self::next) has returned `None`.
    pub(super) fn outcome(self) -> Result<Answer> {
        let message_id = self.run.id().clone();
        match self.run.end() {
            RunEnd::Answered { message, text, end } => {
                Ok(Answer { message_id, message, end, text })
            }
            RunEnd::Unreadable(event, error) => Err(Error::new(
                ErrorKind::InvalidEvent,
                format!("message {message_id} was answered, and the answer can't be read"),
            )
            .with_source(TypedError::<Gap>::Decode { event, error })),
            RunEnd::Failed(failure) => {
                let kind =
                    ErrorKind::TurnFailed(failure.error_type().unwrap_or_default().into());
                // Most programs print this level alone.
                let text = format!("message {message_id} was not answered: {failure}");
                Err(Error::new(kind, text).with_source(failure))
            }
            RunEnd::Ambiguous => Err(Error::new(
                ErrorKind::Ambiguous,
                format!(
                    "the runtime does not say which message its events are about, and none has the \
                     text of message {message_id}; its answer may be among the session's events"
                ),
            )),
            RunEnd::Aborted => Err(Error::new(
                ErrorKind::Aborted,
                "the message was aborted before it was answered",
            )),
        }
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
