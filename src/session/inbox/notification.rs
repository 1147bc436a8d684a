//! `RuntimeNotification`: a notification from the runtime, such as a telemetry event.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::ids::SessionId;
#[cfg(feature = "methods")]
use crate::methods::ClientMethod;
use crate::rpc::RpcError;
use crate::session::inbox::message::{Message, message_methods};

/// A notification from the runtime to this client, such as `gitHubTelemetry.event`, as the handler
/// of [`ClientOptions::on_notification`](crate::ClientOptions::on_notification) gets it. It has no
/// answer.
///
/// `Debug` does not show the parameters, which may have secrets.
#[derive(Debug)]
pub struct RuntimeNotification {
    message: Message,
}

impl RuntimeNotification {
    pub(in crate::session) fn new(method: &str, params: Option<&RawValue>) -> Self {
        Self { message: Message::new(method, params) }
    }
}

message_methods!(RuntimeNotification, "notification");
