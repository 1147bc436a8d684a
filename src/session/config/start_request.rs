//! The request that starts a session: method, parameters, and when the session is ready.

use serde_json::{Value, json};

use crate::ids::SessionId;
use crate::session::config::options::Options;
use crate::session::handlers::HandlerSet;

/// The request that starts a session.
#[derive(Clone, Debug)]
pub(in crate::session) struct StartRequest {
    pub(in crate::session) method: &'static str,
    /// `None` if the runtime chooses the id.
    pub(in crate::session) id: Option<SessionId>,
    pub(in crate::session) ready: Ready,
    /// Types of events to register interest in, once the session is ready.
    pub(in crate::session) interests: Vec<String>,
    pub(in crate::session) handlers: HandlerSet,
    /// What was open when the session ended goes on.
    pub(in crate::session) continues: bool,
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
        handlers: HandlerSet,
    ) -> Self {
        options.set_default("toolFilterPrecedence", json!("excluded"));
        options.set_default("envValueMode", json!("direct"));
        options.set_default("includeSubAgentStreamingEvents", json!(true));
        if let Some(id) = &id {
            options.set("sessionId", id);
        }
        let continues = options.is_true("continuePendingWork");
        let handled = enable_handled(&mut options, &handlers);
        let params = match &id {
            // The runtime would choose one.
            Some(id) if id.as_str().is_empty() => Err("the session's id is empty".to_owned()),
            _ => handled.and_then(|()| options.into_json()),
        };
        Self { method, id, ready, interests, handlers, continues, params }
    }
}

/// Enables what there is a handler for.
fn enable_handled(options: &mut Options, handlers: &HandlerSet) -> Result<(), String> {
    if let Some(doubled) = handlers.doubled() {
        return Err(doubled.to_owned());
    }
    for flag in handlers.flags() {
        if options.is_false(flag) {
            return Err(format!(
                "option `{flag}` is off, so that its handler would never be called: set one of them"
            ));
        }
        options.set_default(flag, json!(true));
    }
    Ok(())
}
