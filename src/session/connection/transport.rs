//! The ways to reach a runtime.

use std::fmt;

use crate::session::runtime::RuntimeCommand;

/// How to reach the runtime.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Transport {
    /// Start a runtime and speak over its standard input and output. It ends with this
    /// program, however that ends.
    Stdio(RuntimeCommand),
    /// Start a runtime that listens on a TCP port of 127.0.0.1, so that other clients can
    /// reach it too ([`Client::endpoint`](crate::Client::endpoint) has what they need).
    /// Protected by a [connection token](crate::ClientOptions::connection_token). It ends with this
    /// program, however that ends.
    Tcp {
        /// What to start.
        command: RuntimeCommand,
        /// The port; `None` lets the system choose.
        port: Option<u16>,
    },
    /// A runtime that runs already, reached at `host:port`.
    External {
        /// Where it listens. Runtimes listen on IPv4 only: write `127.0.0.1` rather than
        /// `localhost`.
        address: String,
    },
    /// The process that started this one, over this program's own standard streams: for
    /// extensions. Such a program must never print to its standard output.
    ParentProcess,
}

/// Where a runtime listens, and what it asks of those who connect.
///
/// Whoever has the token can do with the runtime what this client can. `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(in crate::session) address: String,
    pub(in crate::session) token: Option<String>,
}

impl Endpoint {
    /// Its address, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its connection token, if it has one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("address", &self.address).finish_non_exhaustive()
    }
}
