//! Carrying a child's pipes from the keeper's runtime to the caller's.
//!
//! On unix tokio's pipes belong to the I/O driver they were made in, so what crosses is the
//! bare descriptor. On Windows they belong to none.

pub(super) use self::platform::{Stdin, Stdout};

#[cfg(unix)]
mod platform {
    use std::io;
    use std::os::fd::OwnedFd;

    use tokio::process::{ChildStdin, ChildStdout};

    #[derive(Debug)]
    pub(crate) struct Stdin(OwnedFd);

    impl Stdin {
        /// Takes the pipe out of the runtime it is in.
        pub(crate) fn detach(pipe: ChildStdin) -> io::Result<Self> {
            pipe.into_owned_fd().map(Self)
        }

        /// Puts the pipe into the current runtime.
        pub(crate) fn attach(self) -> io::Result<ChildStdin> {
            ChildStdin::from_std(std::process::ChildStdin::from(self.0))
        }
    }

    #[derive(Debug)]
    pub(crate) struct Stdout(OwnedFd);

    impl Stdout {
        /// Takes the pipe out of the runtime it is in.
        pub(crate) fn detach(pipe: ChildStdout) -> io::Result<Self> {
            pipe.into_owned_fd().map(Self)
        }

        /// Puts the pipe into the current runtime.
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
