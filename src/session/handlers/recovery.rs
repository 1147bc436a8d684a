//! The requests that are open according to the runtime's history: those that no event told of here.

use std::collections::HashMap;

use serde::Deserialize;

use crate::error::Result;
use crate::events::{Event, EventKind};
use crate::session::handle::SessionHandle;

/// The requests that the runtime has persisted, and that have no end there, in the order in which they
/// were asked.
pub(super) async fn open_requests(session: SessionHandle) -> Result<Vec<Event>> {
    let history = session.history().await?;
    let mut open = HashMap::new();
    let mut events = history.events();
    // It is closed, and nothing of it is missing: the whole is in memory.
    while let Some(Ok(event)) = events.next_ready() {
        let (Some(kind), Some(id)) = (event.known_kind(), request_id(&event)) else { continue };
        match kind {
            EventKind::ExternalToolRequested | EventKind::PermissionRequested => {
                open.insert(id, event);
            }
            EventKind::ExternalToolCompleted | EventKind::PermissionCompleted => {
                open.remove(&id);
            }
            _ => {}
        }
    }
    let mut open: Vec<_> = open.into_values().collect();
    open.sort_by_key(Event::seq);
    Ok(open)
}

/// The id of the request that the event is about.
pub(super) fn request_id(event: &Event) -> Option<Box<str>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        request_id: Box<str>,
    }

    event.decode::<Data>().ok().map(|data| data.request_id).filter(|id| !id.is_empty())
}
