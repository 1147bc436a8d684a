//! Opening a connection: starting a runtime or reaching one, for each kind of transport.

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::Connection;
use crate::secret::Secret;
use crate::session::connection::{ClientOptions, Endpoint, Transport};
use crate::session::runtime::{Launch, PORT_ANNOUNCEMENT, RuntimeCommand};

/// Opens the connection. Also returns where other clients can reach the runtime, if they can.
pub(super) async fn open(options: &ClientOptions) -> Result<(Connection, Option<Endpoint>)> {
    let connect_failed = |what: String| Error::new(ErrorKind::ConnectFailed, what);
    // A runtime is found and started unless the options say otherwise.
    let found = Transport::Stdio(RuntimeCommand::new());
    match options.transport.as_ref().unwrap_or(&found) {
        Transport::Stdio(command) => {
            let command = launch(options, &["--stdio".into()], None).command(command)?;
            let connection = Connection::spawn_stdio(command).await.map_err(|error| {
                connect_failed("the runtime could not be started".into()).with_source(error)
            })?;
            Ok((connection, None))
        }
        Transport::Tcp { command, port } => {
            let token = options.connection_token.clone();
            let token = token.unwrap_or_else(|| uuid::Uuid::new_v4().to_string().into());
            let port: Vec<_> =
                port.iter().flat_map(|port| ["--port".to_owned(), port.to_string()]).collect();
            let command = launch(options, &port, Some(&token)).command(command)?;
            let limit = options.handshake_timeout;
            let connection = Connection::spawn_tcp(command, PORT_ANNOUNCEMENT, limit)
                .await
                .map_err(|error| {
                    connect_failed("the runtime could not be started on a TCP port".into())
                        .with_source(error)
                })?;
            let endpoint = connection
                .peer_address()
                .map(|address| Endpoint { address: address.to_string(), token: Some(token) });
            Ok((connection, endpoint))
        }
        Transport::External { address } => {
            let connection = Connection::tcp(address.as_str(), options.handshake_timeout).await;
            let connection = connection.map_err(|error| {
                connect_failed(format!(
                    "no runtime could be reached at {address}; is it running there?"
                ))
                .with_source(error)
            })?;
            let token = options.connection_token.clone();
            Ok((connection, Some(Endpoint { address: address.clone(), token })))
        }
        Transport::ParentProcess => {
            let connection = Connection::parent_process().map_err(|error| {
                connect_failed("this program's own standard streams can't be used".into())
                    .with_source(error)
            })?;
            Ok((connection, None))
        }
    }
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
