//! `ToolCall`: the call that a tool answers.

use crate::events::kinds::ExternalToolRequested;
use crate::session::handlers::context::{Context, context_methods};

/// A call of a client-provided tool: who asks, and for what. A tool's function gets it beside the
/// arguments.
#[derive(Clone, Debug)]
pub struct ToolCall {
    context: Context,
    request: Box<ExternalToolRequested>,
}

context_methods!(ToolCall);

impl ToolCall {
    pub(in crate::session::handlers) fn new(
        context: Context,
        request: ExternalToolRequested,
    ) -> Self {
        Self { context, request: Box::new(request) }
    }

    /// The name of the tool.
    pub fn tool_name(&self) -> &str {
        &self.request.tool_name
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
}
