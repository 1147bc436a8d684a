//! The process at the other end: launched, watched, and never left behind.
//!
//! A leaf: it knows nothing of connections. [`Process::exited`] is the future by which the
//! rest of this layer learns of an exit.

mod announce;
mod command;
mod exit;
mod handle;
mod keeper;
mod launch_error;
mod pipes;
mod tail;

pub use self::command::Command;
pub use self::exit::ExitInfo;
pub use self::handle::Process;
pub(in crate::rpc) use self::keeper::{Wiring, launch};
pub use self::launch_error::LaunchError;
