//! Finding the Copilot runtime's program on this machine, and the command line that starts it.
//!
//! Uses `rpc` for the process itself and no other part of `session`. Where the program is
//! looked for is `find`; what a user can set about it is `command`; which arguments and
//! environment variables it gets is `launch`.

mod command;
mod find;
mod launch;

pub use self::command::RuntimeCommand;
pub use self::find::{
    Environment, FindRuntimeError, Platform, ProcessEnvironment, find_runtime, find_runtime_in,
};
pub(in crate::session) use self::launch::{Launch, PORT_ANNOUNCEMENT};
