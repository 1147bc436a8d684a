//! From a message to its answer: sending, and waiting for the end of the work on it.

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
