//! `Starts`: how far a session's start is, for the dispatcher.

/// How often the session's start has come how far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Starts {
    /// It has begun.
    pub(super) begun: u64,
    pub(super) succeeded: u64,
    /// Requests may be open of which no event tells.
    pub(super) continued: u64,
}
