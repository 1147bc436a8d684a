//! `Transport`: how to reach a runtime (standard streams, TCP, the parent process); `Endpoint`:
//! where a runtime listens.

use std::fmt;

use crate::secret::Secret;
use crate::session::runtime::RuntimeCommand;

/// How a client reaches its runtime: over a child's standard streams, over TCP, or over this
/// program's own standard streams.
///
/// A runtime that the client starts ends with the client, and with this program: see
/// [`Process`](crate::rpc::Process) for how far that holds when this program is killed. On
/// Linux and Windows it always holds for the runtime's process; elsewhere a runtime on a TCP
/// port may survive.
///
/// Standard streams are as fast on every system. Over TCP that holds for Linux and Android: elsewhere
/// each answer of a runtime may come some 40 to 200 ms late, see
/// [`Connection::tcp`](crate::rpc::Connection::tcp).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Transport {
    /// Starts a runtime and speaks over its standard input and output.
    Stdio(RuntimeCommand),
    /// Starts a runtime that listens on a TCP port of 127.0.0.1, and connects to it.
    ///
    /// Other clients can connect too, with the address and token from
    /// [`Client::endpoint`](crate::Client::endpoint). The runtime always requires a [connection
    /// token](crate::ClientOptions::connection_token).
    Tcp {
        /// The runtime to start.
        command: RuntimeCommand,
        /// The port; `None` lets the system choose one.
        port: Option<u16>,
    },
    /// Connects to a runtime that is running already, at `host:port`.
    External {
        /// The address of the runtime. Runtimes listen on IPv4 only: write `127.0.0.1`, since
        /// `localhost` may mean `::1`.
        address: String,
    },
    /// Connects to the process that started this program, over this program's own standard
    /// streams. For extensions; see [`join_session`](crate::join_session). Such a program must
    /// never print to its standard output.
    ParentProcess,
}

/// The TCP address of a runtime and the connection token that it requires, from
/// [`Client::endpoint`](crate::Client::endpoint).
///
/// Anyone with the token can control the runtime as this client can. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(in crate::session) address: String,
    pub(in crate::session) token: Option<Secret>,
}

impl Endpoint {
    /// The runtime's address, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The connection token; `None` if this client uses none.
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Secret::expose)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("address", &self.address).finish_non_exhaustive()
    }
}
