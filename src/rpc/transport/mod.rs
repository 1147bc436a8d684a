//! Transports: child process stdio, TCP, this process's own stdio, or any two streams.

mod own_stdio;
mod quick_ack;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::{Instant, timeout, timeout_at};

use crate::rpc::process::{Command, LaunchError, Process, StdioUse};
use crate::rpc::{deadline, process};

/// A connection that is not open for messages yet: two byte streams, one in each direction, and
/// the child process at the other end, if there is one.
///
/// Nothing is read or written before [`Peer::spawn`](crate::rpc::Peer::spawn). Dropping the
/// connection closes the streams and kills the process, unless you keep a clone of
/// [`process`](Self::process).
pub struct Connection {
    pub(super) reader: Box<dyn AsyncRead + Send + Unpin>,
    pub(super) writer: Box<dyn AsyncWrite + Send + Unpin>,
    pub(super) process: Option<Process>,
    peer_address: Option<SocketAddr>,
}

impl Connection {
    /// Creates a connection over any two streams, such as the halves of a `tokio::io::duplex`.
    ///
    /// Each write contains whole frames, several if several are queued, and is followed by a
    /// flush.
    pub fn from_streams(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self::new(Box::new(reader), Box::new(writer))
    }

    /// Connects to a server over TCP.
    ///
    /// `TCP_NODELAY` is set, so no frame waits for the acknowledgement of an earlier one. On Linux
    /// and Android `TCP_QUICKACK` is set too, and again after every read: so the answers of a
    /// server that writes header and body apart, without `TCP_NODELAY`, need not wait for this
    /// side's acknowledgements either. Other systems have no such option. There each answer of such
    /// a server may come later, by as long as the system delays acknowledgements (40 to 200 ms).
    /// Streams that you pass to [`from_streams`](Self::from_streams) keep the options that they
    /// have.
    ///
    /// For a server that listens on IPv4 only, use `127.0.0.1`: `localhost` may resolve to
    /// `::1` first.
    ///
    /// # Errors
    ///
    /// The error of the connect, or [`io::ErrorKind::TimedOut`] after `connect_timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future abandons the attempt.
    pub async fn tcp(
        address: impl ToSocketAddrs,
        connect_timeout: Duration,
    ) -> io::Result<Self> {
        let stream = timeout(connect_timeout, TcpStream::connect(address))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        Self::over_tcp(stream)
    }

    fn over_tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let peer_address = Some(stream.peer_addr()?);
        let (reader, writer) = stream.into_split();
        let reader = quick_ack::acknowledging(reader);
        Ok(Self { peer_address, ..Self::from_streams(reader, writer) })
    }

    /// Connects to the parent process over this process's own stdin and stdout.
    ///
    /// **Never print**: any other output on stdout, from `println!` or a logger, breaks the
    /// framing. Nothing else may read stdin. Make at most one such connection.
    ///
    /// The parent sees the end of the stream only when this process exits: closing the
    /// connection leaves the process's stdout open.
    ///
    /// On Unix, pipes and sockets (what a parent normally passes) are read and written
    /// without blocking a thread; they become non-blocking for every process that shares
    /// them. Anything else, and all streams on other systems, go through `tokio::io::stdin`: a
    /// thread that blocks in a read, which can delay the shutdown of the tokio runtime until
    /// the parent writes or closes. `Runtime::shutdown_background` does not wait for it.
    ///
    /// # Errors
    ///
    /// Stdin or stdout is closed, or cannot be registered with the I/O driver.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with an I/O driver.
    pub fn parent_process() -> io::Result<Self> {
        Ok(Self::new(own_stdio::stdin()?, own_stdio::stdout()?))
    }

    /// Launches a program and connects over its stdin and stdout.
    ///
    /// Returns as soon as the program runs. When it exits, the connection closes with
    /// [`DisconnectKind::ProcessExited`](crate::rpc::DisconnectKind::ProcessExited), which
    /// contains the end of its stderr. See [`Process`] for when it is killed.
    ///
    /// # Errors
    ///
    /// The program could not be executed; see [`LaunchError`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future kills the process.
    pub async fn spawn_stdio(command: Command) -> Result<Self, LaunchError> {
        let launched = process::launch(command, StdioUse::Connection).await?;
        let Some((stdin, stdout)) = launched.stdio else {
            return Err(io::Error::other("the process has no pipes").into());
        };
        Ok(Self { process: Some(launched.process), ..Self::from_streams(stdout, stdin) })
    }

    /// Launches a TCP server, waits until it announces its port on stdout, and connects to that
    /// port of 127.0.0.1.
    ///
    /// The announcement is a line that contains `announcement`, followed by the port number.
    /// Pass `announcement` in lower case, such as `"listening on port "`; it matches in any
    /// case.
    ///
    /// The server's stdin is empty. Its later output on stdout is read and ignored.
    /// `announce_timeout` covers the launch, the announcement and the connect together.
    ///
    /// # Errors
    ///
    /// The program could not be executed, exited, did not announce a port in time, or could
    /// not be connected to. A program that still runs is killed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future kills the process.
    pub async fn spawn_tcp(
        command: Command,
        announcement: &'static str,
        announce_timeout: Duration,
    ) -> Result<Self, LaunchError> {
        let deadline = deadline::after(announce_timeout);
        let launching = process::launch(command, StdioUse::Announcement(announcement));
        let not_in_time =
            |stderr_tail| LaunchError::NoAnnouncement { limit: announce_timeout, stderr_tail };
        let Ok(launched) = timeout_at(deadline, launching).await else {
            return Err(not_in_time("".into()));
        };
        let launched = launched?;
        let process = launched.process;
        let announced = timeout_at(deadline, async {
            tokio::select! {
                biased;
                // If stdout closes without a port, only the exit or the timeout is left.
                Ok(port) = launched.port => Ok(port),
                exit = process.exited() => Err(LaunchError::Exited(exit)),
            }
        });
        let Ok(port) = announced.await else {
            return Err(not_in_time(process.stderr_tail()));
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let connection = Self::tcp((Ipv4Addr::LOCALHOST, port?), left).await?;
        Ok(Self { process: Some(process), ..connection })
    }

    fn new(
        reader: Box<dyn AsyncRead + Send + Unpin>,
        writer: Box<dyn AsyncWrite + Send + Unpin>,
    ) -> Self {
        Self { reader, writer, process: None, peer_address: None }
    }

    /// The address of the server; `None` if the connection is not a TCP connection.
    pub fn peer_address(&self) -> Option<SocketAddr> {
        self.peer_address
    }

    /// The child process at the other end, if this connection launched one.
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("process", &self.process)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::fd::AsFd;
    use std::os::linux::net::TcpStreamExt;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_tcp_connection_acknowledges_at_once_from_the_connect_on_and_after_every_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stream, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, (mut peer, _)) = (stream.unwrap(), accepted.unwrap());
        // The same socket, to look at its options.
        let socket = std::net::TcpStream::from(stream.as_fd().try_clone_to_owned().unwrap());
        socket.set_quickack(false).unwrap();
        socket.set_nodelay(false).unwrap();

        let mut connection = Connection::over_tcp(stream).unwrap();
        assert!(socket.nodelay().unwrap());
        assert!(socket.quickack().unwrap());
        for part in [b"header".as_slice(), b"body"] {
            socket.set_quickack(false).unwrap();
            assert!(!socket.quickack().unwrap());
            peer.write_all(part).await.unwrap();
            let mut read = vec![0; part.len()];
            connection.reader.read_exact(&mut read).await.unwrap();
            assert_eq!(read, part);
            assert!(socket.quickack().unwrap());
        }
    }
}
