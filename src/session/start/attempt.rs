//! One attempt to start a session: register it, send the request, read the answer.

use std::sync::Arc;

use futures::StreamExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::events::{Cursor, Event, EventKind, Gap, Lost};
use crate::ids::SessionId;
use crate::secret::without_values;
use crate::session::config::{Ready, StartRequest};
use crate::session::connection::{Client, ClientCore};
use crate::session::core::{SessionCore, StartInfo};
use crate::session::ending::SessionGuard;
use crate::session::start::rollback::Rollback;
use crate::session::start::until_free::until_free;

/// Makes one attempt. Unless it succeeds, all its effects are undone.
pub(super) async fn attempt(
    client: Client,
    session: Arc<SessionCore>,
    request: StartRequest,
) -> Result<(SessionGuard, StartInfo)> {
    let core = client.core();
    let params = request.params.as_ref().map_err(|problem| invalid_config(problem))?;
    session.begin_start();
    // The start of the agent is behind this: one before belongs to an earlier try.
    let before = session.log().end();
    let rollback = Rollback::new(core, &session, request.id.clone());
    // Kept until the answer has named the session and the events buffered for it are in its
    // log.
    let mut unassigned_start = None;
    match &request.id {
        Some(id) => {
            rollback.reserve(core, id)?;
            until_free(core, id).await;
            rollback.open()?;
            tracing::debug!(session = ?id, "session registered");
        }
        None => unassigned_start = Some(core.registry.begin_unassigned_start()?),
    }
    let answer = core
        .peer
        .call_inline(request.method, params, rollback.on_answer())
        .await
        .map_err(|error| ClientCore::call_error(request.method, error))?;
    drop(unassigned_start);
    let info = read_answer(&request, &answer)?;
    rollback.check_registered()?;
    let ready = async {
        register_interests(core, info.session_id(), &request.interests).await?;
        match request.ready {
            Ready::AtAnswer => Ok(()),
            Ready::AtSessionStart => wait_for_agent_start(&session, before).await,
        }
    };
    tokio::select! {
        biased;
        reason = session.interrupted() => return Err(Error::closed(reason)),
        ready = ready => ready?,
    }
    if let Some(reason) = session.log().close_reason() {
        return Err(Error::closed(reason));
    }
    let registration = rollback.succeed()?;
    let id = info.session_id().clone();
    if let Err(reason) = session.activate() {
        session.set_started(false);
        return Err(Error::closed(reason));
    }
    // Not before: another try may be answered with another id.
    session.assign_id(id.clone());
    tracing::debug!(session = ?id, "session active");
    Ok((SessionGuard::new(client, session, id, registration), info))
}

/// The error of a configuration that can't be sent.
pub(super) fn invalid_config(problem: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("invalid session configuration: {problem}"))
}

/// Reads the answer to `request`, which must be about the session that was asked for.
pub(super) fn read_answer(request: &StartRequest, answer: &RawValue) -> Result<StartInfo> {
    let (info, _) = StartInfo::read(answer, request.id.as_ref()).map_err(|error| {
        Error::unexpected_answer(request.method).with_source(without_values(&error))
    })?;
    match &request.id {
        Some(id) if id != info.session_id() => Err(Error::new(
            ErrorKind::SessionMismatch,
            format!("the runtime answered for session {} instead of {id}", info.session_id()),
        )),
        _ => Ok(info),
    }
}

/// Asks the runtime for events that it sends only to those who want them.
pub(super) async fn register_interests(
    client: &ClientCore,
    id: &SessionId,
    interests: &[String],
) -> Result<()> {
    for event_type in interests {
        let params = json!({ "sessionId": id, "eventType": event_type });
        client.call::<Value>("session.eventLog.registerInterest", &params).await?;
    }
    Ok(())
}

/// Waits until the agent of a cloud session is ready: messages sent before are lost.
async fn wait_for_agent_start(session: &SessionCore, from: Cursor) -> Result<()> {
    let mut events = session.log().events_from(from);
    let mut missing: Option<Gap> = None;
    loop {
        let item = match missing {
            None => events.next().await,
            // What a gap hides does not come again: it must be among the events that are there.
            Some(gap) => match events.next_ready() {
                None if events.close_reason().is_none() => return Err(gap.into()),
                item => item,
            },
        };
        match item {
            Some(Ok(event)) if is_agent_start(&event) => return Ok(()),
            // Perhaps nothing of this session is missing, and the agent starts behind the answer.
            Some(Ok(_) | Err(Gap::Lost(Lost { missed: None, .. }))) => {}
            Some(Err(gap)) => missing = Some(gap),
            None => return Err(Error::ended(&events)),
        }
    }
}

/// Whether this is the `session.start` that the agent itself writes. Decodes only the field
/// that matters, so that a change to the others in a later runtime does no harm.
fn is_agent_start(event: &Event) -> bool {
    #[derive(Deserialize)]
    struct Start {
        producer: String,
    }

    event.known_kind() == Some(EventKind::SessionStart)
        && event.decode::<Start>().is_ok_and(|start| start.producer == "copilot-agent")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{EventDraft, EventLogWriter};

    #[test]
    fn the_agents_start_is_recognized_by_its_producer_alone() {
        let mut writer = EventLogWriter::default();
        let log = writer.log().clone();
        for (kind, producer) in [
            ("session.start", "copilot-agent"),
            ("session.start", "other"),
            ("session.resume", "copilot-agent"),
        ] {
            let event = format!(
                r#"{{"id":"{kind}","type":"{kind}","data":{{"producer":"{producer}","startTime":5}}}}"#
            );
            writer.append(EventDraft::parse(&event)).unwrap();
        }
        let mut events = log.events();
        let mut next = || is_agent_start(&events.next_ready().unwrap().unwrap());
        assert_eq!([next(), next(), next()], [true, false, false]);
    }
}
