//! The request that starts a session: method, parameters, and when the session is ready.

use serde_json::{Value, json};

use crate::ids::SessionId;
use crate::session::config::options::Options;

/// The request that starts a session.
#[derive(Clone, Debug)]
pub(in crate::session) struct StartRequest {
    pub(in crate::session) method: &'static str,
    /// `None` if the runtime chooses the id.
    pub(in crate::session) id: Option<SessionId>,
    pub(in crate::session) ready: Ready,
    /// Types of events to register interest in, once the session is ready.
    pub(in crate::session) interests: Vec<String>,
    /// The parameters, or which option can't be written as JSON and why.
    pub(in crate::session) params: Result<Value, String>,
}

/// What makes a session ready for use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Ready {
    /// The answer to the request.
    AtAnswer,
    /// The event `session.start`, after the answer.
    AtSessionStart,
}

impl StartRequest {
    pub(super) fn new(
        method: &'static str,
        id: Option<SessionId>,
        ready: Ready,
        mut options: Options,
        interests: Vec<String>,
    ) -> Self {
        options.set_default("toolFilterPrecedence", json!("excluded"));
        options.set_default("envValueMode", json!("direct"));
        options.set_default("includeSubAgentStreamingEvents", json!(true));
        if let Some(id) = &id {
            options.set("sessionId", id);
        }
        let params = match &id {
            // The runtime would choose one.
            Some(id) if id.as_str().is_empty() => Err("the session's id is empty".to_owned()),
            _ => options.into_json(),
        };
        Self { method, id, ready, interests, params }
    }
}
