//! The handshake with a runtime: token, protocol version, client information.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::{CallError, RpcError};
use crate::session::connection::{ClientCore, PROTOCOL_VERSION, RuntimeInfo};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connect<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    supported_task_kinds: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<&'a Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Greeting {
    protocol_version: Option<u64>,
    version: Option<String>,
}

pub(super) async fn handshake(client: &ClientCore, token: Option<&str>) -> Result<RuntimeInfo> {
    // A runtime that has no token refuses one, even `null`.
    let params = Connect {
        token,
        supported_task_kinds: &["agent", "client", "shell"],
        client_info: client.options.client_info.as_ref(),
    };
    let greeting: Greeting = match client.peer.call("connect", &params).await {
        Err(CallError::Remote(error)) if error.code == RpcError::METHOD_NOT_FOUND => {
            client.call("ping", &json!({})).await?
        }
        greeting => greeting.map_err(|error| {
            let error = ClientCore::call_error("connect", error);
            match error.close_reason() {
                Some(reason) => Error::new(
                    ErrorKind::ConnectFailed,
                    format!("the runtime went away instead of greeting back ({reason})"),
                )
                .with_source(error),
                None => error,
            }
        })?,
    };
    match greeting.protocol_version {
        Some(PROTOCOL_VERSION) => {
            Ok(RuntimeInfo { version: greeting.version, protocol_version: PROTOCOL_VERSION })
        }
        theirs => {
            let spoken = theirs.map_or_else(
                || "a version that it does not name".to_owned(),
                |version| format!("version {version}"),
            );
            Err(Error::new(
                ErrorKind::UnsupportedProtocol { ours: PROTOCOL_VERSION, theirs },
                format!(
                    "the runtime{} speaks {spoken} of the protocol, this crate speaks version \
                     {PROTOCOL_VERSION}; install a runtime or a release of this crate that matches",
                    greeting.version.map(|own| format!(" {own}")).unwrap_or_default(),
                ),
            ))
        }
    }
}
