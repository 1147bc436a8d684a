//! The activity of a session's agent: what its events say about when work begins and ends.
//!
//! This is the one model of it, for whoever needs to know: `busy` (is the agent at work?), `run` (when
//! does the work on one message end, and how?), and the stream adapters, which take a turn's first and
//! last event from `signal`. Its rules:
//!
//! - The kind of an event and its agent alone decide which signal it is, and members refine that: whose
//!   it is, and whether work goes on. One that can't be read never hides the end of work.
//! - A member that is missing, `null`, or an empty string is absent; one that can't be read counts as
//!   absent too, except where absence would be taken for something else: the text of an answer, the
//!   id of a message and its source.
//! - An event with such a member is counted ([`LogStats::unreadable`](super::LogStats::unreadable)).

mod busy;
mod failure;
mod members;
mod run;
mod signal;

pub(crate) use self::busy::BusyTracker;
pub use self::failure::TurnFailure;
pub(crate) use self::run::{MessageRun, RunEnd, Step};
pub(super) use self::signal::{AssistantMessage, begins_turn, is_idle, is_of_the_main_agent};
