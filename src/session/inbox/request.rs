//! `RuntimeRequest`: a request from the runtime to this client, such as a hook or a question.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::ids::SessionId;
#[cfg(feature = "methods")]
use crate::methods::ClientMethod;
use crate::rpc::RpcError;
use crate::session::inbox::message::{Message, message_methods};

/// A request from the runtime to this client, such as `hooks.invoke` or `userInput.request`,
/// as the handler of [`ClientOptions::on_request`](crate::ClientOptions::on_request) gets it.
///
/// `Debug` does not show the parameters, which may have secrets.
#[derive(Debug)]
pub struct RuntimeRequest {
    message: Message,
}

impl RuntimeRequest {
    pub(in crate::session) fn new(method: &str, params: Option<&RawValue>) -> Self {
        Self { message: Message::new(method, params) }
    }
}

message_methods!(RuntimeRequest, "request");
