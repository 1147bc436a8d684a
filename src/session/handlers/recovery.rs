//! The requests that are open according to the runtime's history: those that no event told of here.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{sleep, timeout};

use crate::error::{Error, ErrorKind, Result};
use crate::events::{Event, EventKind, EventLog};
use crate::session::handle::SessionHandle;

/// What the history says of requests.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Those that have no end there, in the order in which they were asked.
    pub(super) open: Vec<Event>,
    /// Those that have, by their keys.
    pub(super) ended: Vec<Box<str>>,
}

/// How long one query of the history may take.
const LIMIT: Duration = Duration::from_secs(60);
/// How long after a query that failed the next one is.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(10), Duration::from_secs(60)];

/// Asks for the history, several times if need be.
pub(super) async fn find_requests(session: SessionHandle) -> Result<Found> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let history = timeout(LIMIT, session.history()).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::TimedOut, format!("no answer within {LIMIT:?}")))
        });
        match (history, pauses.next()) {
            (Ok(history), _) => return Ok(requests_in(&history)),
            (Err(error), None) => return Err(error),
            (Err(_), Some(pause)) => sleep(pause).await,
        }
    }
}

fn requests_in(history: &EventLog) -> Found {
    let mut open = HashMap::<Box<str>, Event>::new();
    let mut ended = Vec::new();
    let mut events = history.events();
    // It is closed, and nothing of it is missing: the whole is in memory.
    while let Some(Ok(event)) = events.next_ready() {
        let Some(kind) = event.known_kind() else { continue };
        match kind {
            EventKind::ExternalToolRequested | EventKind::PermissionRequested => {
                if let Some(key) = request_key(&event) {
                    open.insert(key, event);
                }
            }
            EventKind::ExternalToolCompleted | EventKind::PermissionCompleted => {
                if let Some(key) = request_key(&event) {
                    open.remove(&key);
                    ended.push(key);
                }
            }
            EventKind::ToolExecutionComplete => {
                let id = member(&event, |it| it.tool_call_id);
                open.retain(|_, asked| {
                    id.is_none() || member(asked, |it| it.tool_call_id) != id
                });
            }
            // The work that asked was given up.
            EventKind::Abort if event.agent_id().is_none() => open.clear(),
            EventKind::UserMessage if begins_work(&event) => open.clear(),
            EventKind::SessionResume if !continues(&event) => open.clear(),
            _ => {}
        }
    }
    let mut open: Vec<_> = open.into_values().collect();
    open.sort_by_key(Event::seq);
    Found { open, ended }
}

/// The members of events that are looked at.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Members {
    request_id: Option<Box<str>>,
    tool_call_id: Option<Box<str>>,
    delivery: Option<Box<str>>,
    continue_pending_work: Option<bool>,
}

fn member<T>(event: &Event, get: impl FnOnce(Members) -> Option<T>) -> Option<T> {
    event.decode().ok().and_then(get)
}

/// Whether new work begins with the message: one that steers belongs to the work under way.
fn begins_work(event: &Event) -> bool {
    event.agent_id().is_none() && member(event, |it| it.delivery).as_deref() != Some("steering")
}

fn continues(event: &Event) -> bool {
    member(event, |it| it.continue_pending_work) == Some(true)
}

/// The id of the request that the event is about.
pub(super) fn request_id(event: &Event) -> Option<Box<str>> {
    member(event, |it| it.request_id).filter(|id| !id.is_empty())
}

/// Names the request that the event is about: its kind, since kinds have ids of their own, and its id.
pub(super) fn request_key(event: &Event) -> Option<Box<str>> {
    let kind = event.kind().split('.').next()?;
    request_id(event).map(|id| format!("{kind} {id}").into())
}
