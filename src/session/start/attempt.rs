//! One attempt to start a session: register it, send the request, read the answer.

use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt;
use serde::Deserialize;
use serde_json::json;

use crate::error::{Error, ErrorKind, Result};
use crate::events::{Event, EventKind};
use crate::ids::SessionId;
use crate::session::config::{Ready, StartRequest};
use crate::session::connection::{Client, ClientCore};
use crate::session::core::SessionCore;
use crate::session::ending::SessionGuard;
use crate::session::start::rollback::Rollback;
use crate::session::states::Capabilities;

/// The result of `session.create` and `session.resume`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    pub(super) session_id: SessionId,
    pub(super) workspace_path: Option<PathBuf>,
    #[serde(default)]
    pub(super) capabilities: Capabilities,
}

/// Makes one attempt. Unless it succeeds, all its effects are undone.
pub(super) async fn attempt(
    client: Client,
    session: Arc<SessionCore>,
    request: StartRequest,
) -> Result<(SessionGuard, Started)> {
    let core = client.core();
    let params = request.params.map_err(|problem| {
        Error::new(ErrorKind::InvalidInput, format!("invalid session configuration: {problem}"))
    })?;
    let rollback = Rollback::new(core, &session);
    // Kept until the answer has named the session and the events buffered for it are in its
    // log.
    let mut unassigned_start = None;
    match &request.id {
        Some(id) => rollback.register(core, id)?,
        None => unassigned_start = Some(core.registry.begin_unassigned_start()?),
    }
    let answer = core
        .peer
        .call_inline(request.method, &params, rollback.on_answer())
        .await
        .map_err(|error| ClientCore::call_error(request.method, error))?;
    drop(unassigned_start);
    let started: Started = serde_json::from_str(answer.get())
        .map_err(|error| Error::unexpected_answer(request.method).with_source(error))?;
    if let Some(id) = request.id.filter(|id| *id != started.session_id) {
        return Err(Error::new(
            ErrorKind::SessionMismatch,
            format!("the runtime answered for session {} instead of {id}", started.session_id),
        ));
    }
    rollback.check_registered()?;
    for event_type in &request.interests {
        let params = json!({ "sessionId": started.session_id, "eventType": event_type });
        core.call::<serde_json::Value>("session.eventLog.registerInterest", &params).await?;
    }
    if request.ready == Ready::AtSessionStart {
        wait_for_agent_start(&session).await?;
    }
    if let Some(reason) = session.log().close_reason() {
        return Err(Error::closed(reason));
    }
    tracing::debug!(session = %started.session_id, "session active");
    let registration = rollback.succeed()?;
    let id = started.session_id.clone();
    Ok((SessionGuard::new(client, session, id, registration), started))
}

/// Waits until the agent of a cloud session is ready: messages sent before are lost.
async fn wait_for_agent_start(session: &SessionCore) -> Result<()> {
    let mut events = session.log().events();
    while let Some(item) = events.next().await {
        let Ok(event) = item else { continue };
        if is_agent_start(&event) {
            return Ok(());
        }
    }
    Err(Error::ended(&events))
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
