//! Child processes: launching, supervising, killing and reaping; stderr and exit status.
//!
//! This module does not depend on connections. The rest of the layer learns of an exit through
//! [`Process::exited`].

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
pub(in crate::rpc) use self::keeper::{StdioUse, launch};
pub use self::launch_error::LaunchError;
