//! This process's own stdin and stdout as async streams.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

pub(super) fn stdin() -> io::Result<Box<dyn AsyncRead + Send + Unpin>> {
    #[cfg(unix)]
    if let Some(stream) = unix::stdin()? {
        return Ok(stream);
    }
    Ok(Box::new(tokio::io::stdin()))
}

pub(super) fn stdout() -> io::Result<Box<dyn AsyncWrite + Send + Unpin>> {
    #[cfg(unix)]
    if let Some(stream) = unix::stdout()? {
        return Ok(stream);
    }
    Ok(Box::new(tokio::io::stdout()))
}

/// Pipes and sockets are read through tokio's I/O driver. Parents pass either: Node.js passes
/// sockets.
#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixStream as StdUnixStream;

    use tokio::io::{AsyncRead, AsyncWrite};
    use tokio::net::UnixStream;
    use tokio::net::unix::pipe;

    pub(super) fn stdin() -> io::Result<Option<Box<dyn AsyncRead + Send + Unpin>>> {
        Ok(match Own::of(&io::stdin())? {
            Own::Pipe(file) => Some(Box::new(pipe::Receiver::from_file(file)?)),
            Own::Socket(stream) => Some(Box::new(stream)),
            Own::Other => None,
        })
    }

    pub(super) fn stdout() -> io::Result<Option<Box<dyn AsyncWrite + Send + Unpin>>> {
        Ok(match Own::of(&io::stdout())? {
            Own::Pipe(file) => Some(Box::new(pipe::Sender::from_file(file)?)),
            Own::Socket(stream) => Some(Box::new(stream)),
            Own::Other => None,
        })
    }

    enum Own {
        Pipe(File),
        Socket(UnixStream),
        Other,
    }

    impl Own {
        /// Takes a duplicate of the descriptor, so that the original stays open until the
        /// process exits.
        fn of(stream: &impl AsFd) -> io::Result<Self> {
            let file = File::from(stream.as_fd().try_clone_to_owned()?);
            let kind = file.metadata()?.file_type();
            if kind.is_fifo() {
                Ok(Self::Pipe(file))
            } else if kind.is_socket() {
                let stream = StdUnixStream::from(OwnedFd::from(file));
                stream.set_nonblocking(true)?;
                Ok(Self::Socket(UnixStream::from_std(stream)?))
            } else {
                Ok(Self::Other)
            }
        }
    }
}
