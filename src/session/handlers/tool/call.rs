//! `ToolCall`: the call that a tool answers.

use crate::events::Event;
use crate::events::kinds::ExternalToolRequested;
use crate::session::handle::SessionHandle;
use crate::session::handlers::cancellation::Cancellation;

/// A call of a client-provided tool: who asks, and for what. A tool's function gets it beside the
/// arguments.
#[derive(Clone, Debug)]
pub struct ToolCall {
    session: SessionHandle,
    event: Event,
    request: Box<ExternalToolRequested>,
    cancellation: Cancellation,
}

impl ToolCall {
    pub(in crate::session::handlers) fn new(
        session: SessionHandle,
        event: Event,
        request: ExternalToolRequested,
        cancellation: Cancellation,
    ) -> Self {
        Self { session, event, request: Box::new(request), cancellation }
    }

    /// The session that asks. The tool may use it, and may end it.
    pub fn session(&self) -> &SessionHandle {
        &self.session
    }

    /// The event by which the runtime asked.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The name of the tool.
    pub fn tool_name(&self) -> &str {
        &self.request.tool_name
    }

    /// The id of the request. An answer of any client ends it.
    pub fn request_id(&self) -> &str {
        &self.request.request_id
    }

    /// The id that the model gave the call.
    pub fn tool_call_id(&self) -> &str {
        &self.request.tool_call_id
    }

    /// The directory that the agent works in, if the runtime names it.
    pub fn working_directory(&self) -> Option<&str> {
        self.request.working_directory.as_deref()
    }

    /// The trace that the call belongs to, as the W3C header `traceparent`.
    pub fn traceparent(&self) -> Option<&str> {
        self.request.traceparent.as_deref()
    }

    /// The W3C header `tracestate` of that trace.
    pub fn tracestate(&self) -> Option<&str> {
        self.request.tracestate.as_deref()
    }

    /// Tells when nobody waits for the answer any more.
    pub fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }
}
