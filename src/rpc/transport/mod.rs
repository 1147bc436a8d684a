//! The byte streams a connection can run over.

mod own_stdio;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::{Instant, timeout, timeout_at};

use crate::rpc::process;
use crate::rpc::process::{Command, LaunchError, Process, Wiring};

/// Two byte streams, one in each direction, and perhaps the process behind them.
///
/// Nothing is read before [`Peer::spawn`](crate::rpc::Peer::spawn). Dropping a connection
/// closes it, and kills the process.
pub struct Connection {
    pub(super) reader: Box<dyn AsyncRead + Send + Unpin>,
    pub(super) writer: Box<dyn AsyncWrite + Send + Unpin>,
    pub(super) process: Option<Process>,
    peer_address: Option<SocketAddr>,
}

impl Connection {
    /// A connection over any two streams, such as the halves of a `tokio::io::duplex`.
    ///
    /// Frames are written whole, several at once where several wait, and flushed after
    /// every write.
    pub fn from_streams(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self::new(Box::new(reader), Box::new(writer))
    }

    /// Connects to a server over TCP, without Nagle's delays.
    ///
    /// For a server that listens on IPv4 only, give `127.0.0.1`: `localhost` may mean `::1`
    /// first.
    ///
    /// # Errors
    ///
    /// Those of connecting, and [`io::ErrorKind::TimedOut`] after `connect_timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the attempt up.
    pub async fn tcp(
        address: impl ToSocketAddrs,
        connect_timeout: Duration,
    ) -> io::Result<Self> {
        let stream = timeout(connect_timeout, TcpStream::connect(address))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        let peer_address = Some(stream.peer_addr()?);
        let (reader, writer) = stream.into_split();
        Ok(Self { peer_address, ..Self::from_streams(reader, writer) })
    }

    /// A connection to the parent process, over this process's own stdin and stdout.
    ///
    /// Whatever else writes to stdout breaks the framing, so **never print**: no `println!`,
    /// no logger on stdout. Nothing else may read stdin. Make at most one such connection.
    ///
    /// The parent sees the end of the stream when this process exits: closing the connection
    /// leaves the process's stdout open.
    ///
    /// On unix, pipes and sockets (what a parent normally gives) are read and written
    /// without blocking a thread; they become non-blocking for everyone who shares them.
    /// For anything else, and on other systems, tokio's `stdin` is used: a thread that is
    /// blocked in a read, which can keep the runtime's shutdown waiting until the parent
    /// writes or closes. `Runtime::shutdown_background` does not wait for it.
    ///
    /// # Errors
    ///
    /// Stdin or stdout is closed, or cannot be registered with the runtime.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with an I/O driver.
    pub fn parent_process() -> io::Result<Self> {
        Ok(Self::new(own_stdio::stdin()?, own_stdio::stdout()?))
    }

    /// Launches a program and speaks over its stdin and stdout.
    ///
    /// Returns as soon as the program runs. If it ends early, the connection ends with
    /// [`DisconnectKind::ProcessExited`](crate::rpc::DisconnectKind::ProcessExited), which
    /// has what the program said on stderr. See [`Process`] for its life and death.
    ///
    /// # Errors
    ///
    /// The program could not be executed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future kills the process.
    pub async fn spawn_stdio(command: Command) -> Result<Self, LaunchError> {
        let launched = process::launch(command, Wiring::Stdio).await?;
        let Some((stdin, stdout)) = launched.stdio else {
            return Err(io::Error::other("the process has no pipes").into());
        };
        Ok(Self { process: Some(launched.process), ..Self::from_streams(stdout, stdin) })
    }

    /// Launches a TCP server, waits until it writes `announcement` and a port number to its
    /// stdout (anywhere in a line), and connects to that port of 127.0.0.1.
    ///
    /// Give `announcement` in lower case, such as `"listening on port "`; it is found in any
    /// case.
    ///
    /// The server's stdin is empty; its stdout is read and ignored from then on.
    /// `announce_timeout` covers announcing and connecting.
    ///
    /// # Errors
    ///
    /// The program could not be executed, exited, or was not ready in time. In the last
    /// case it is killed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future kills the process.
    pub async fn spawn_tcp(
        command: Command,
        announcement: &'static str,
        announce_timeout: Duration,
    ) -> Result<Self, LaunchError> {
        let deadline = Instant::now() + announce_timeout;
        let launched = process::launch(command, Wiring::Announce(announcement)).await?;
        let process = launched.process;
        let announced = timeout_at(deadline, async {
            tokio::select! {
                biased;
                // Without a port (stdout was closed) only the exit or the timeout is left.
                Ok(port) = launched.port => Ok(port),
                exit = process.exited() => Err(LaunchError::Exited(exit)),
            }
        });
        let Ok(port) = announced.await else {
            return Err(LaunchError::NoAnnouncement {
                limit: announce_timeout,
                stderr_tail: process.stderr_tail(),
            });
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

    /// The address of the server that was reached over TCP.
    pub fn peer_address(&self) -> Option<SocketAddr> {
        self.peer_address
    }

    /// The process behind the connection, if it was launched with it.
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
