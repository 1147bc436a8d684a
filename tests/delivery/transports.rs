//! Ways from an agent to a client.

use copilot_sessions::testing::ScriptedAgent;
use copilot_sessions::{Client, ClientOptions};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Copy, Debug)]
pub(super) enum Wire {
    /// A pipe in memory.
    Duplex,
    /// Two pipes of the operating system.
    #[cfg(unix)]
    Pipe,
    /// A socket on the loopback interface.
    Tcp,
}

impl Wire {
    pub(super) async fn connect(self, options: ClientOptions) -> (ScriptedAgent, Client) {
        match self {
            Self::Duplex => {
                let agent = ScriptedAgent::new();
                let client = agent.connect(options).await.unwrap();
                (agent, client)
            }
            #[cfg(unix)]
            Self::Pipe => {
                let (to_agent, from_client) = tokio::net::unix::pipe::pipe().unwrap();
                let (to_client, from_agent) = tokio::net::unix::pipe::pipe().unwrap();
                let agent = ScriptedAgent::serve(from_client, to_client);
                let client = Client::connect(from_agent, to_agent, options).await.unwrap();
                (agent, client)
            }
            Self::Tcp => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let (ours, theirs) =
                    tokio::join!(TcpStream::connect(address), listener.accept());
                let (reader, writer) = theirs.unwrap().0.into_split();
                let agent = ScriptedAgent::serve(reader, writer);
                let (reader, writer) = ours.unwrap().into_split();
                let client = Client::connect(reader, writer, options).await.unwrap();
                (agent, client)
            }
        }
    }
}
