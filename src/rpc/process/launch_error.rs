//! How a launch fails.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::rpc::process::ExitInfo;

/// Why a peer's process could not be launched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// There is no such program.
    #[error("there is no program {}", program.display())]
    #[non_exhaustive]
    NotFound {
        /// What was to be executed: the given path, or `node` for a script.
        program: PathBuf,
    },
    /// The file is there and cannot be executed: no permission, or not a program at all.
    #[error("{} cannot be executed", program.display())]
    #[non_exhaustive]
    NotExecutable {
        /// What was to be executed.
        program: PathBuf,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// The working directory for the process is not a directory.
    #[error("the working directory {} does not exist", path.display())]
    #[non_exhaustive]
    WorkingDirectory {
        /// The directory that was asked for.
        path: PathBuf,
    },
    /// The process exited before it announced the port it listens on.
    #[error("before it was ready, the process {0}")]
    Exited(ExitInfo),
    /// The process did not announce a port in time. It was killed.
    #[error("the process announced no port within {limit:?}")]
    #[non_exhaustive]
    NoAnnouncement {
        /// The time it had.
        limit: Duration,
        /// The end of what it wrote to stderr.
        stderr_tail: Arc<str>,
    },
    /// Something else failed in the operating system.
    #[error("the process could not be launched")]
    Io(#[from] io::Error),
}
