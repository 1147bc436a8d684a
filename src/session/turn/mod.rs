//! Messages and their answers: sending a message, waiting for its answer, aborting.
//!
//! Uses `states`, `handle` and the rooms below them. The methods of a session are in `send`; `ask` has
//! the stream of the events of one message's work. Where the work ends is decided by
//! `events::activity`; `wait` drives it and queries the runtime where events do not suffice; `timing`
//! has the inactivity timeout and the pauses between queries.

mod answer;
mod ask;
mod message;
mod send;
mod timing;
mod wait;

#[cfg(test)]
mod tests;

pub use self::answer::Answer;
pub use self::ask::Turn;
pub use self::message::Message;
