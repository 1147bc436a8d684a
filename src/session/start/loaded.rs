//! What an answer to a start has loaded.

use serde_json::value::RawValue;

use crate::ids::SessionId;
use crate::rpc::CallError;
use crate::session::core::{Capabilities, StartInfo};

/// The session that the runtime has loaded, and what it can do if that can be read. `None` if it has
/// loaded none, or does not say which and was not told.
pub(super) fn loaded(
    answer: Result<&RawValue, &CallError>,
    asked: Option<&SessionId>,
) -> Option<(SessionId, Option<Capabilities>)> {
    let read = match answer {
        Err(CallError::Remote(_)) => return None,
        Ok(answer) => StartInfo::read(answer, asked).ok(),
        Err(_) => None,
    };
    match read {
        Some((info, capabilities)) => Some((info.session_id().clone(), Some(capabilities))),
        // What it loaded it was asked for.
        None => asked.map(|id| (id.clone(), None)),
    }
}
