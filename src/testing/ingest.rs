//! The reader's work on one frame, for benches and fuzzing.

use std::borrow::Cow;

use crate::events::EventDraft;
use crate::session::SessionEvent;

/// Reads a frame's body as the connection's reader does: `Some` with the session and the
/// event if it is a `session.event` of the usual form, which nearly all traffic is.
///
/// What is read this way is not looked at again; everything else takes the general way.
pub fn read_event_frame(frame: &str) -> Option<(Cow<'_, str>, EventDraft)> {
    SessionEvent::from_frame(frame).map(|SessionEvent { session, event }| (session, event))
}
