//! Opening a connection: starting a runtime or reaching one, for each kind of transport.

use std::io;
use std::time::Duration;

use tokio::time::timeout;

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::{Connection, LaunchError};
use crate::secret::Secret;
use crate::session::connection::{ClientOptions, Endpoint, Transport};
use crate::session::runtime::{Launch, PORT_ANNOUNCEMENT, RuntimeCommand};

/// Opens the connection, within the handshake timeout. Also returns where other clients can reach
/// the runtime, if they can.
///
/// Each transport has the limit once, so that the same error follows when it is reached. The search
/// for the runtime's program is not within it: it blocks on the file system.
pub(super) async fn open(options: &ClientOptions) -> Result<(Connection, Option<Endpoint>)> {
    let limit = options.handshake_timeout;
    // A runtime is found and started unless the options say otherwise.
    let found = Transport::Stdio(RuntimeCommand::new());
    match options.transport.as_ref().unwrap_or(&found) {
        Transport::Stdio(command) => {
            let command = launch(options, &["--stdio".into()], None).command(command)?;
            let launched = timeout(limit, Connection::spawn_stdio(command)).await;
            let launched = launched.unwrap_or_else(|_| {
                Err(LaunchError::Io(io::Error::from(io::ErrorKind::TimedOut)))
            });
            let connection = launched.map_err(|error| launch_failed(error, "", limit))?;
            Ok((connection, None))
        }
        Transport::Tcp { command, port } => {
            let token = options.connection_token.clone();
            let token = token.unwrap_or_else(|| uuid::Uuid::new_v4().to_string().into());
            let port: Vec<_> =
                port.iter().flat_map(|port| ["--port".to_owned(), port.to_string()]).collect();
            let command = launch(options, &port, Some(&token)).command(command)?;
            let launched = Connection::spawn_tcp(command, PORT_ANNOUNCEMENT, limit).await;
            let connection =
                launched.map_err(|error| launch_failed(error, " on a TCP port", limit))?;
            let endpoint = connection
                .peer_address()
                .map(|address| Endpoint { address: address.to_string(), token: Some(token) });
            Ok((connection, endpoint))
        }
        Transport::External { address } => {
            let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none() {
                let what = format!("`{address}` is no address: write `host:port`");
                return Err(Error::new(ErrorKind::InvalidInput, what));
            }
            let connection = Connection::tcp(address.as_str(), limit).await;
            let connection = connection.map_err(|error| {
                let what = format!("no runtime could be reached at {address}");
                let failed = if is_limit(&error) {
                    let what = format!("{what} within {limit:?}; is it running there?");
                    Error::new(ErrorKind::TimedOut, what)
                } else {
                    let what = format!("{what}; is it running there?");
                    Error::new(ErrorKind::ConnectFailed, what)
                };
                failed.with_source(error)
            })?;
            let token = options.connection_token.clone();
            Ok((connection, Some(Endpoint { address: address.clone(), token })))
        }
        // Waits for nothing.
        Transport::ParentProcess => {
            let connection = Connection::parent_process().map_err(|error| {
                let what = "this program's own standard streams can't be used";
                Error::new(ErrorKind::ConnectFailed, what).with_source(error)
            })?;
            Ok((connection, None))
        }
    }
}

/// The error of a runtime that could not be started, or not within the limit.
fn launch_failed(error: LaunchError, how: &str, limit: Duration) -> Error {
    let is_late = match &error {
        LaunchError::NoAnnouncement { .. } => true,
        LaunchError::Io(error) => is_limit(error),
        _ => false,
    };
    let what = format!("the runtime could not be started{how}");
    let failed = if is_late {
        Error::new(ErrorKind::TimedOut, format!("{what} within {limit:?}"))
    } else {
        Error::new(ErrorKind::ConnectFailed, what)
    };
    failed.with_source(error)
}

/// Whether an error says that a limit of ours was reached. The operating system has limits of its own, and its error a
/// number.
fn is_limit(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none()
}

/// The options that matter for starting a runtime.
fn launch<'a>(
    options: &'a ClientOptions,
    transport_args: &'a [String],
    connection_token: Option<&'a Secret>,
) -> Launch<'a> {
    Launch {
        transport_args,
        connection_token,
        github_token: options.github_token.as_ref(),
        use_logged_in_user: options.use_logged_in_user,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_limit_of_this_client_is_a_timeout() {
        let kind = |error| launch_failed(error, "", Duration::from_secs(1)).kind().clone();
        let ours = io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(kind(ours.into()), ErrorKind::TimedOut);
        #[cfg(target_os = "linux")]
        {
            let of_the_system = io::Error::from_raw_os_error(110);
            assert_eq!(of_the_system.kind(), io::ErrorKind::TimedOut);
            assert_eq!(kind(of_the_system.into()), ErrorKind::ConnectFailed);
        }
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(kind(refused.into()), ErrorKind::ConnectFailed);
    }
}
