//! Waiting for the end of the work on one message: reads the session's events and queries the
//! runtime.
//!
//! [`MessageRun`] decides what the events mean for the message; this reads them, and queries the
//! runtime while they leave the end open. Reading begins before the message is sent, so that no
//! event is missed. Events before the message itself are about other work.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::StreamExt;
use futures::future::OptionFuture;

use crate::error::{Error, ErrorKind, Result};
use crate::events::{Cursor, Event, EventStream, Gap, MessageRun, RunEnd, Step, TypedError};
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
    /// Behind the last item that was taken over.
    read_to: Cursor,
    /// Where the events begin that belong to the run if the next one does. They stay in the log.
    undecided: Option<Cursor>,
    /// Events of the run that were passed over, and are returned before the others.
    passed_over: Option<EventStream>,
    /// Whether anybody reads the events.
    returns_events: bool,
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
        let read_to = events.cursor();
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
            read_to,
            undecided: None,
            passed_over: None,
            returns_events: true,
        }
    }

    /// For one who only wants the outcome: [`next`](Self::next) passes over events that came to belong to
    /// the run later.
    pub(super) fn without_events(mut self) -> Self {
        self.returns_events = false;
        self
    }

    pub(super) fn message_id(&self) -> &MessageId {
        self.run.id()
    }

    /// The next event of the run; `None` at its end. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<Option<Event>> {
        loop {
            match self.passed_over.as_mut().and_then(EventStream::next_ready) {
                Some(Ok(event)) => return Ok(Some(event)),
                Some(Err(gap)) => return Err(missing(gap)),
                None => self.passed_over = None,
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
                item = self.events.next() => {
                    if let Some(event) = self.apply(item)? {
                        return Ok(Some(event));
                    }
                }
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

    /// Takes over an item of the stream; returns its event if it belongs to the run, and no earlier one has
    /// to be returned before it.
    fn apply(&mut self, item: Option<Result<Event, Gap>>) -> Result<Option<Event>> {
        let before = std::mem::replace(&mut self.read_to, self.events.cursor());
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
            Step::Perhaps => {
                self.undecided.get_or_insert(before);
                return Ok(None);
            }
            Step::Other | Step::EndedBefore => {
                self.undecided = None;
                return Ok(None);
            }
            Step::Own | Step::Ended => {}
        }
        let undecided = self.undecided.take().filter(|_| self.run.is_in_work());
        match undecided.filter(|_| self.returns_events) {
            Some(begin) => {
                let mut events = self.events.clone().until(event.seq());
                events.seek(begin);
                self.passed_over = Some(events);
                Ok(None)
            }
            None => Ok(Some(event)),
        }
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
        Some(Err(gap)) => Err(missing(gap)),
        None => Err(Error::ended(events)),
    }
}

fn missing(gap: Gap) -> Error {
    Error::gap(gap, "the answer may be among events that are missing")
}
