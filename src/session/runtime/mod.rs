//! The runtime that a client starts: where its program is found, and how it is launched.

mod command;
mod find;
mod launch;

pub use self::command::RuntimeCommand;
pub use self::find::{
    Environment, FindRuntimeError, Platform, ProcessEnvironment, find_runtime, find_runtime_in,
};
pub(in crate::session) use self::launch::{ANNOUNCEMENT, Launch};
