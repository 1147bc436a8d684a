//! The stdin and stdout pipes of a child, moved from one tokio runtime to another.
//!
//! The keeper creates the pipes in its own runtime, and the caller uses them in another. On
//! Unix a tokio pipe is registered with the I/O driver of the runtime that created it, so
//! only the file descriptor is moved. On Windows a pipe belongs to no driver.

pub(super) use self::platform::{Stdin, Stdout};

#[cfg(unix)]
mod platform {
    use std::io;
    use std::os::fd::OwnedFd;

    use tokio::process::{ChildStdin, ChildStdout};

    #[derive(Debug)]
    pub(crate) struct Stdin(OwnedFd);

    impl Stdin {
        /// Removes the pipe from the runtime that it is registered with.
        pub(crate) fn detach(pipe: ChildStdin) -> io::Result<Self> {
            pipe.into_owned_fd().map(Self)
        }

        /// Registers the pipe with the current runtime.
        pub(crate) fn attach(self) -> io::Result<ChildStdin> {
            ChildStdin::from_std(std::process::ChildStdin::from(self.0))
        }
    }

    #[derive(Debug)]
    pub(crate) struct Stdout(OwnedFd);

    impl Stdout {
        /// Removes the pipe from the runtime that it is registered with.
        pub(crate) fn detach(pipe: ChildStdout) -> io::Result<Self> {
            pipe.into_owned_fd().map(Self)
        }

        /// Registers the pipe with the current runtime.
        pub(crate) fn attach(self) -> io::Result<ChildStdout> {
            ChildStdout::from_std(std::process::ChildStdout::from(self.0))
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use std::io;

    use tokio::process::{ChildStdin, ChildStdout};

    #[derive(Debug)]
    pub(crate) struct Stdin(ChildStdin);

    impl Stdin {
        pub(crate) fn detach(pipe: ChildStdin) -> io::Result<Self> {
            Ok(Self(pipe))
        }

        pub(crate) fn attach(self) -> io::Result<ChildStdin> {
            Ok(self.0)
        }
    }

    #[derive(Debug)]
    pub(crate) struct Stdout(ChildStdout);

    impl Stdout {
        pub(crate) fn detach(pipe: ChildStdout) -> io::Result<Self> {
            Ok(Self(pipe))
        }

        pub(crate) fn attach(self) -> io::Result<ChildStdout> {
            Ok(self.0)
        }
    }
}
