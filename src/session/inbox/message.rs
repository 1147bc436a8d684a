//! What a request and a notification have in common: a method, parameters, a session.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::ids::SessionId;
#[cfg(feature = "methods")]
use crate::methods;
#[cfg(feature = "methods")]
use crate::methods::ClientMethod;
use crate::rpc::RpcError;
use crate::secret::without_values;

/// A message from the runtime. `Debug` does not show the parameters, which may have secrets.
pub(super) struct Message {
    method: Box<str>,
    params: Box<str>,
    session: Option<SessionId>,
}

impl Message {
    pub(super) fn new(method: &str, params: Option<&RawValue>) -> Self {
        let params = params.map_or("null", RawValue::get);
        // Runs on the reader: nothing but the id is looked at.
        // An array would be read by position.
        let of = params.starts_with('{').then(|| serde_json::from_str::<OfSession<'_>>(params));
        let session = of
            .and_then(|of| serde_json::from_str::<String>(of.ok()?.id?.get()).ok())
            .filter(|id| !id.is_empty())
            .map(SessionId::from);
        Self { method: method.into(), params: params.into(), session }
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    pub(super) fn raw_params(&self) -> &str {
        &self.params
    }

    pub(super) fn session_id(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// The JSON text of one parameter.
    pub(super) fn param(&self, name: &str) -> Option<&RawValue> {
        field(&self.params, name)
    }

    /// How many bytes of text it holds.
    pub(super) fn weight(&self) -> usize {
        self.method.len() + self.params.len()
    }

    pub(super) fn params<T: DeserializeOwned>(&self) -> Result<T, RpcError> {
        serde_json::from_str(&self.params).map_err(|error| {
            let error = without_values(&error);
            RpcError::new(RpcError::INVALID_PARAMS, format!("invalid params: {error}"))
        })
    }

    #[cfg(feature = "methods")]
    pub(super) fn params_of<M: ClientMethod>(&self) -> Result<M::Params, RpcError> {
        if self.method() != M::NAME {
            let text = format!("the message is for `{}`, not for `{}`", self.method(), M::NAME);
            return Err(RpcError::new(RpcError::METHOD_NOT_FOUND, text));
        }
        methods::read_params::<M>(&self.params).map_err(|mismatch| {
            RpcError::new(RpcError::INVALID_PARAMS, format!("invalid params{mismatch}"))
        })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("method", &self.method)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// The methods of a message's public type. `$what`: what it is called.
macro_rules! message_methods {
    ($message:ident, $what:literal) => {
        impl $message {
            /// The name of the method.
            pub fn method(&self) -> &str {
                self.message.method()
            }

            #[doc = concat!("The session that the ", $what, " is about: the parameter `sessionId`, if it is a text")]
            /// that is not empty. It may be one that this client does not have.
            pub fn session_id(&self) -> Option<&SessionId> {
                self.message.session_id()
            }

            /// The JSON text of the parameters as the runtime wrote it; `null` if there are none.
            pub fn raw_params(&self) -> &str {
                self.message.raw_params()
            }

            /// Decodes the parameters as a `T`.
            ///
            /// # Errors
            ///
            /// [`RpcError::INVALID_PARAMS`] when the parameters can't be decoded as a `T`. The handler of
            /// a request can return the error as its answer.
            pub fn params<T: DeserializeOwned>(&self) -> Result<T, RpcError> {
                self.message.params()
            }

            /// Decodes the parameters of the method `M`. Unknown fields, values and variants are
            /// accepted: see [`methods`](crate::methods).
            ///
            /// # Errors
            ///
            #[doc = concat!("[`RpcError::METHOD_NOT_FOUND`] when the ", $what, " is not of `M`,")]
            /// [`RpcError::INVALID_PARAMS`] when its parameters can't be decoded. The handler of a request
            /// can return the error as its answer.
            #[cfg(feature = "methods")]
            pub fn params_of<M: ClientMethod>(&self) -> Result<M::Params, RpcError> {
                self.message.params_of::<M>()
            }

            pub(super) fn message(&self) -> &Message {
                &self.message
            }
        }
    };
}
pub(super) use message_methods;

/// What the parameters say of a session.
#[derive(Deserialize)]
struct OfSession<'a> {
    #[serde(borrow, rename = "sessionId")]
    id: Option<&'a RawValue>,
}

/// The JSON text of a field of a JSON object; the last one, if it is there more than once.
fn field<'a>(object: &'a str, name: &str) -> Option<&'a RawValue> {
    serde_json::from_str::<HashMap<Cow<'a, str>, &'a RawValue>>(object).ok()?.remove(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(params: &str) -> Option<String> {
        let params = RawValue::from_string(params.to_owned()).unwrap();
        let message = Message::new("m", Some(&params));
        message.session_id().map(|id| id.as_str().to_owned())
    }

    #[test]
    fn a_session_is_named_by_a_text_that_is_not_empty() {
        assert_eq!(session(r#"{"sessionId":"a"}"#).as_deref(), Some("a"));
        assert_eq!(
            session(r#"{"n":{"sessionId":"b"},"session\u0049d":"\u0061"}"#),
            Some("a".into())
        );
        for none in [
            r#"{"sessionId":""}"#,
            r#"{"sessionId":7}"#,
            r#"{"sessionId":"\ud83d"}"#,
            r#"{"n":{"sessionId":"b"}}"#,
            r#"["sessionId","a"]"#,
            "null",
        ] {
            assert_eq!(session(none), None, "{none}");
        }
        assert!(Message::new("m", None).session_id().is_none());
    }

    #[test]
    fn debug_shows_no_parameters() {
        let params = RawValue::from_string(r#"{"token":"secret"}"#.to_owned()).unwrap();
        let shown = format!("{:?}", Message::new("m", Some(&params)));
        assert!(shown.contains("\"m\"") && !shown.contains("secret"), "{shown}");
    }
}
