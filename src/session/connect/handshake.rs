//! The handshake: sends the connection token and client information, checks the protocol version.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::{CallError, RpcError};
use crate::secret::Secret;
use crate::session::connect::cause::likely_cause;
use crate::session::connection::{ClientCore, PROTOCOL_VERSION, RuntimeInfo};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectParams<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a Secret>,
    supported_task_kinds: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<&'a Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectResult {
    protocol_version: Option<u64>,
    version: Option<String>,
}

/// Performs the handshake; older runtimes, which do not know `connect`, are asked by `ping`. It has no
/// limit of its own: the caller sets one for both questions together.
pub(super) async fn handshake(
    client: &ClientCore,
    token: Option<&Secret>,
) -> Result<RuntimeInfo> {
    // A runtime that was started without a token refuses any, even `null`.
    let params = ConnectParams {
        token,
        supported_task_kinds: &["agent", "client", "shell"],
        client_info: client.options.client_info.as_ref(),
    };
    let result: ConnectResult = match client.peer.call("connect", &params).await {
        Err(CallError::Remote(error)) if error.code == RpcError::METHOD_NOT_FOUND => {
            client.call("ping", &json!({})).await?
        }
        result => result.map_err(|error| match error {
            CallError::Closed(disconnect) => {
                let cause = likely_cause(&disconnect);
                let what = format!("the connection ended during the handshake{cause}");
                Error::new(ErrorKind::ConnectFailed, what).with_source(disconnect)
            }
            error => ClientCore::call_error("connect", error),
        })?,
    };
    match result.protocol_version {
        Some(PROTOCOL_VERSION) => {
            Ok(RuntimeInfo { version: result.version, protocol_version: PROTOCOL_VERSION })
        }
        theirs => {
            let their_version = theirs.map_or_else(
                || "an unknown version".to_owned(),
                |version| format!("version {version}"),
            );
            Err(Error::new(
                ErrorKind::UnsupportedProtocol { ours: PROTOCOL_VERSION, theirs },
                format!(
                    "the runtime{} speaks {their_version} of the protocol and this crate speaks \
                     version {PROTOCOL_VERSION}; install a runtime or a release of this crate \
                     that matches",
                    result.version.map(|version| format!(" {version}")).unwrap_or_default(),
                ),
            ))
        }
    }
}
