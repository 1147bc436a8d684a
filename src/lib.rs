//! GitHub Copilot CLI sessions as typed-state, replayable event streams.

pub mod events;
pub mod rpc;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
