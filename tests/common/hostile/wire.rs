//! Ways between a hostile peer and a client.

use copilot_sessions::session::Transport;
use copilot_sessions::{Client, ClientOptions, Error};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::peer::Peer;

/// A client that is still connecting.
pub(crate) type Connecting = JoinHandle<Result<Client, Error>>;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Wire {
    /// A pipe in memory, which holds 64 KiB.
    Duplex,
    /// Two pipes of the operating system.
    #[cfg(unix)]
    Pipe,
    /// The client's own TCP transport, over the loopback interface.
    Tcp,
}

impl Wire {
    pub(crate) const ALL: &[Self] = &[
        Self::Duplex,
        #[cfg(unix)]
        Self::Pipe,
        Self::Tcp,
    ];

    /// A client that waits for the answer to its handshake.
    pub(crate) async fn dial(self, options: ClientOptions) -> (Peer, Connecting) {
        match self {
            Self::Duplex => {
                let (ours, theirs) = tokio::io::duplex(64 * 1024);
                let (input, output) = tokio::io::split(ours);
                let (reader, writer) = tokio::io::split(theirs);
                let connecting = tokio::spawn(Client::connect(reader, writer, options));
                (Peer::over(input, output), connecting)
            }
            #[cfg(unix)]
            Self::Pipe => {
                let (to_peer, from_client) = tokio::net::unix::pipe::pipe().unwrap();
                let (to_client, from_peer) = tokio::net::unix::pipe::pipe().unwrap();
                let connecting = tokio::spawn(Client::connect(from_peer, to_peer, options));
                (Peer::over(from_client, to_client), connecting)
            }
            Self::Tcp => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap().to_string();
                let options = options.transport(Transport::External { address });
                let connecting = tokio::spawn(Client::start(options));
                let (input, output) = listener.accept().await.unwrap().0.into_split();
                (Peer::over(input, output), connecting)
            }
        }
    }

    /// A client after its handshake.
    pub(crate) async fn connect(self, options: ClientOptions) -> (Peer, Client) {
        let (mut peer, connecting) = self.dial(options).await;
        peer.accept().await;
        (peer, connecting.await.unwrap().unwrap())
    }
}
