//! What this repository's benches and fuzz targets need to see of the inside. No part of the
//! public interface: it may change or go at any time.

use std::borrow::Cow;

use crate::events::{EventDraft, SESSION_EVENT, SessionEvent};
use crate::rpc::Message;

/// Reads a frame's body as the connection's reader does: `Some` with the session and the
/// event if it is a `session.event` of the usual form, which nearly all traffic is.
///
/// What is read this way is not looked at again; everything else takes the general way.
pub fn read_event_frame(frame: &str) -> Option<(Cow<'_, str>, EventDraft)> {
    SessionEvent::from_frame(frame).map(|SessionEvent { session, event }| (session, event))
}

/// Reads a frame's body in the general way, which validates the whole of it: `Some` with
/// the session and the event if it is a `session.event` that names its session.
///
/// Where both functions return `Some`, the results are equal.
pub fn read_event_frame_with_serde(frame: &str) -> Option<(Cow<'_, str>, EventDraft)> {
    let Ok((Message::Notification { method, params }, _)) = Message::parse(frame) else {
        return None;
    };
    let read = (method == SESSION_EVENT).then(|| SessionEvent::from_params(params).ok());
    read?.map(|SessionEvent { session, event }| (session, event))
}
