//! Options that contradict each other: what a runtime can't be told the way it is reached.

use crate::error::{Error, ErrorKind, Result};
use crate::session::connection::options::ClientOptions;
use crate::session::connection::transport::Transport;

impl ClientOptions {
    /// Refuses options that [`Client::start`](crate::Client::start) could only ignore.
    pub(in crate::session) fn check_start(&self) -> Result<()> {
        match &self.transport {
            None => self.refuse_connection_token("the default transport, `Transport::Stdio`,"),
            Some(Transport::Stdio(_)) => self.refuse_connection_token("`Transport::Stdio`"),
            Some(Transport::Tcp { .. }) => Ok(()),
            Some(Transport::External { .. }) => self.refuse_sign_in("`Transport::External`"),
            Some(Transport::ParentProcess) => {
                self.refuse_sign_in("`Transport::ParentProcess`")?;
                self.refuse_connection_token("`Transport::ParentProcess`")
            }
        }
    }

    /// Refuses options that [`Client::connect`](crate::Client::connect) could only ignore.
    pub(in crate::session) fn check_connect(&self) -> Result<()> {
        let name = match &self.transport {
            None => return self.refuse_sign_in("`Client::connect`"),
            Some(Transport::Stdio(_)) => "Transport::Stdio",
            Some(Transport::Tcp { .. }) => "Transport::Tcp",
            Some(Transport::External { .. }) => "Transport::External",
            Some(Transport::ParentProcess) => "Transport::ParentProcess",
        };
        Err(contradiction(format!(
            "`{name}` says how to reach a runtime, and `Client::connect` is given the streams to one; \
             use `Client::start`, or set no transport"
        )))
    }

    /// How a runtime signs in is told to one that this client starts.
    fn refuse_sign_in(&self, way: &str) -> Result<()> {
        let name = match (&self.github_token, self.use_logged_in_user) {
            (Some(_), _) => "github_token",
            (None, Some(_)) => "use_logged_in_user",
            (None, None) => return Ok(()),
        };
        Err(contradiction(format!(
            "`{name}` is for a runtime that this client starts, and {way} reaches one that is running \
             already; start that one with it, or set `github_token` of the session's configuration"
        )))
    }

    /// A connection token is asked for on a TCP port.
    fn refuse_connection_token(&self, way: &str) -> Result<()> {
        if self.connection_token.is_none() {
            return Ok(());
        }
        Err(contradiction(format!(
            "`connection_token` is what a runtime on a TCP port asks for, and {way} uses no port; leave \
             it unset, or use `Transport::Tcp` or `Transport::External`"
        )))
    }
}

fn contradiction(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
