//! `TurnFailure`: why the work on a message failed.

use std::fmt;
use std::time::Duration;

use crate::events::Event;
use crate::events::activity::members::Members;

/// Why a turn failed: what a `session.error` event says. In the source of an error of the kind
/// [`TurnFailed`](crate::ErrorKind::TurnFailed); see
/// [`Error::turn_failure`](crate::Error::turn_failure).
///
/// What the runtime left out or wrote in another type than is expected is `None` here;
/// [`event`](Self::event) has it all the same.
///
/// ```
/// use copilot_sessions::events::{EventDraft, EventLog, EventStreamExt};
/// use futures::{StreamExt, executor::block_on};
///
/// let log = EventLog::from_events([
///     r#"{"id":"1","type":"user.message","data":{"content":"hello"}}"#,
///     r#"{"id":"2","type":"session.error","data":{"errorType":"quota","message":"none left","statusCode":402}}"#,
///     r#"{"id":"3","type":"session.idle","data":{}}"#,
/// ].map(EventDraft::parse));
/// let turn = block_on(log.events().turns().next()).unwrap()?;
/// let failure = turn.error().unwrap();
/// assert_eq!((failure.error_type(), failure.status_code()), (Some("quota"), Some(402)));
/// # Ok::<_, copilot_sessions::events::Gap>(())
/// ```
#[derive(Clone, Debug)]
pub struct TurnFailure {
    event: Event,
    error_type: Option<Box<str>>,
    error_code: Option<Box<str>>,
    message: Option<Box<str>>,
    status_code: Option<u16>,
    retry_after: Option<Duration>,
}

impl TurnFailure {
    pub(in crate::events) fn read(event: &Event) -> Self {
        let names = ["errorType", "errorCode", "message", "statusCode", "retryAfterSeconds"];
        let mut members = Members::of(event, names);
        let seconds: Option<f64> = members.read("retryAfterSeconds");
        let failure = Self {
            event: event.clone(),
            error_type: members.text("errorType"),
            error_code: members.text("errorCode"),
            message: members.text("message"),
            status_code: members.read("statusCode"),
            retry_after: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        };
        // An error says of what type it is, and what happened.
        let is_whole = failure.error_type.is_some() && failure.message.is_some();
        event.note_readability(members.is_readable() && is_whole);
        failure
    }

    /// The `session.error` event.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The type of the error: `authentication`, `authorization`, `quota`, `rate_limit`,
    /// `context_limit`, `query`, or another.
    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }

    /// The model provider's own code, such as `user_weekly_rate_limited`.
    pub fn error_code(&self) -> Option<&str> {
        self.error_code.as_deref()
    }

    /// The runtime's text for people.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The HTTP status of the model provider's answer. Not every failure has one.
    pub fn status_code(&self) -> Option<u16> {
        self.status_code
    }

    /// How long to wait before the next try, if the runtime says so; most failures don't. It is the
    /// number `retryAfterSeconds` in the event's data, which the schema does not have.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for TurnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message().unwrap_or("the runtime did not say what happened"))?;
        match self.status_code {
            Some(status) => write!(f, " (status {status})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TurnFailure {}
