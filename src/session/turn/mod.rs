//! Messages and their answers: sending a message, waiting for its answer, aborting.
//!
//! Uses `states`, `handle` and the rooms below them. The methods of a session are in `send`. Where the end
//! of the work on a message is decided is `fold`, which reads the events; `signals` has the few
//! fields of them that it needs; `wait` drives it and queries the runtime where events do not
//! suffice; `timing` has the inactivity timeout and the pauses between queries.

mod answer;
mod fold;
mod message;
mod send;
mod signals;
mod timing;
mod wait;

#[cfg(test)]
mod tests;

pub use self::answer::Answer;
pub use self::message::Message;
