//! `RequestOrder`: which requests an ordered handler gets one after the other.

use std::borrow::Cow;

use crate::session::inbox::lanes::Key;
use crate::session::inbox::request::RuntimeRequest;

/// Which requests an ordered handler gets one after the other: all of them, those of one session,
/// or those with the same value of a parameter. See
/// [`ClientOptions::on_ordered_request`](crate::ClientOptions::on_ordered_request).
///
/// Choose by what all the requests of one thing have in common. Of a body that the runtime sends by
/// `llmInference.*`, the start may name a session and the chunks name none, so that an order by
/// session could take a chunk before its start; what they share is `requestId`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RequestOrder {
    /// `None`: one order of all.
    param: Option<Cow<'static, str>>,
    max_waiting: usize,
}

impl RequestOrder {
    /// All requests of the handler, one after the other in the order of their arrival.
    pub fn all() -> Self {
        Self { param: None, max_waiting: usize::MAX }
    }

    /// Those of a session one after the other, and those that name no session one after the other.
    /// Different sessions do not wait for one another.
    pub fn by_session() -> Self {
        Self::by_param("sessionId")
    }

    /// Those with the same value of this parameter one after the other, and those without it one
    /// after the other. Values are the same when their JSON texts are.
    pub fn by_param(name: impl Into<Cow<'static, str>>) -> Self {
        Self { param: Some(name.into()), max_waiting: usize::MAX }
    }

    /// Sets how many requests may wait for their turn in one order, beside the one that is being
    /// handled; at least one. Further ones are answered with
    /// [`RpcError::TOO_MANY_REQUESTS`](crate::rpc::RpcError::TOO_MANY_REQUESTS).
    ///
    /// Without it, the bound is that of the connection over all of its requests:
    /// [`max_inbound_requests`](crate::rpc::ConnectionLimits::max_inbound_requests).
    pub fn max_waiting(mut self, requests: usize) -> Self {
        self.max_waiting = requests.max(1);
        self
    }

    pub(super) fn waiting(&self) -> usize {
        self.max_waiting
    }

    /// The lane of a request.
    pub(super) fn key(&self, request: &RuntimeRequest) -> Key {
        let value = request.message().param(self.param.as_deref()?)?;
        Some(value.get().into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn requests_share_a_lane_when_the_parameter_has_the_same_text() {
        let key = |order: &RequestOrder, params: &str| {
            let params = RawValue::from_string(params.to_owned()).unwrap();
            order.key(&RuntimeRequest::new("m", Some(&params))).map(String::from)
        };
        let (session, id) = (RequestOrder::by_session(), RequestOrder::by_param("requestId"));
        let params = r#"{"sessionId":"s","requestId":5}"#;
        assert_eq!(key(&RequestOrder::all(), params), None);
        assert_eq!(key(&session, params).as_deref(), Some("\"s\""));
        assert_eq!(key(&id, params).as_deref(), Some("5"));
        assert_eq!(key(&id, r#"{"requestId":"5"}"#).as_deref(), Some("\"5\""));
        assert_eq!(key(&id, r#"{"sessionId":"s"}"#), None);
        assert_eq!(key(&session, "[1]"), None);
    }
}
