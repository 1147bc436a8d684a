//! Reading an event: from the frame of a `session.event` to a draft that a log can number.
//!
//! `session_event` reads the frame, `scan` finds fields without decoding them, `envelope`
//! holds what was found, `draft` makes an event of it.

mod draft;
mod envelope;
mod scan;
mod session_event;

pub use self::draft::EventDraft;
pub(in crate::events) use self::scan::Scanner;
pub(crate) use self::session_event::{SESSION_EVENT, SessionEvent};
