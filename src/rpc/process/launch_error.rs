//! The error of launching a child process.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::rpc::process::ExitInfo;

/// Why a child process could not be launched or connected to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// The program does not exist.
    #[error("there is no program {}", program.display())]
    #[non_exhaustive]
    NotFound {
        /// The program: the path of the command, or `node` for a script.
        program: PathBuf,
    },
    /// The file exists but cannot be executed: it lacks the permission, it is not a program, or
    /// its interpreter is missing.
    #[error("{} cannot be executed", program.display())]
    #[non_exhaustive]
    NotExecutable {
        /// The program.
        program: PathBuf,
        /// The error of the operating system.
        #[source]
        error: io::Error,
    },
    /// The working directory of the command does not exist or is not a directory.
    #[error("the working directory {} is not a directory", path.display())]
    #[non_exhaustive]
    WorkingDirectory {
        /// The working directory.
        path: PathBuf,
    },
    /// The process exited before it announced the port it listens on.
    #[error("before it was ready, the process {0}")]
    Exited(ExitInfo),
    /// The process did not announce a port in time. It was killed.
    #[error("the process announced no port within {limit:?}")]
    #[non_exhaustive]
    NoAnnouncement {
        /// The timeout.
        limit: Duration,
        /// The end of its stderr.
        stderr_tail: Arc<str>,
    },
    /// Another error of the operating system, or a failed connect to the announced port.
    #[error("the process could not be launched or connected to")]
    Io(#[from] io::Error),
}
