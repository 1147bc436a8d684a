//! What an event asks of this client, and the work that answers it.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::events::kinds::{
    CommandExecute, ElicitationRequested, ExternalToolRequested, PermissionRequested,
};
use crate::events::{Event, Payload};
use crate::session::handlers::command::CommandCall;
use crate::session::handlers::context::Context;
use crate::session::handlers::elicitation::{ElicitationAnswer, ElicitationRequest};
use crate::session::handlers::permission::{Decision, PermissionRequest};
use crate::session::handlers::set::HandlerSet;
use crate::session::handlers::tool::{ToolCall, ToolOutput};

/// A request that this client has a handler for.
pub(super) struct Asked {
    /// The method that answers it.
    pub(super) method: &'static str,
    pub(super) work: Box<dyn FnOnce(Context) -> Work>,
}

/// Gives the parameters of the answer beside the request's id; `None` if another is to answer.
pub(super) type Work = BoxFuture<'static, Option<Value>>;

/// What the event asks; `None` if it asks nothing that this client has a handler for.
pub(super) fn asked(event: &Event, set: &HandlerSet) -> Option<Asked> {
    match event.kind() {
        "external_tool.requested" => tool_call(event, set),
        "permission.requested" => permission(event, set),
        "elicitation.requested" => elicitation(set),
        "command.execute" => command(event, set),
        _ => None,
    }
}

/// Whether the event tells of the end of a request, by its id.
pub(super) fn is_end(event: &Event) -> bool {
    matches!(
        event.kind(),
        "external_tool.completed"
            | "permission.completed"
            | "elicitation.completed"
            | "command.completed"
    )
}

/// The payload, if all of it can be read.
fn payload<P: Payload + Clone>(context: &Context) -> Option<P> {
    context.event.get::<P>().cloned()
}

fn tool_call(event: &Event, set: &HandlerSet) -> Option<Asked> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Name {
        tool_name: Box<str>,
    }

    // A tool that is not of this client is another's to run.
    let handler = set.tool(&event.decode::<Name>().ok()?.tool_name)?;
    let work = move |context| {
        async move {
            let output = match payload::<ExternalToolRequested>(&context) {
                None => ToolOutput::failure("the call can't be read"),
                Some(mut request) => {
                    let arguments = request.arguments.take().unwrap_or_else(|| json!({}));
                    handler.call(arguments, ToolCall::new(context, request)).await
                }
            };
            Some(json!({ "result": output }))
        }
        .boxed()
    };
    Some(Asked { method: "session.tools.handlePendingToolCall", work: Box::new(work) })
}

fn permission(event: &Event, set: &HandlerSet) -> Option<Asked> {
    let requested = event.get::<PermissionRequested>();
    if requested.is_some_and(|it| it.resolved_by_hook == Some(true)) {
        return None;
    }
    let handler = set.permission()?;
    let work = move |context| {
        async move {
            let decision = match payload::<PermissionRequested>(&context) {
                None => Decision::reject("the request can't be read"),
                Some(request) => handler.decide(PermissionRequest::new(context, request)).await,
            };
            decision.into_json().map(|result| json!({ "result": result }))
        }
        .boxed()
    };
    let method = "session.permissions.handlePendingPermissionRequest";
    Some(Asked { method, work: Box::new(work) })
}

fn elicitation(set: &HandlerSet) -> Option<Asked> {
    let handler = set.elicitation()?;
    let work = move |context| {
        async move {
            let answer = match payload::<ElicitationRequested>(&context) {
                None => ElicitationAnswer::Cancel,
                Some(request) => {
                    handler.answer(ElicitationRequest::new(context, request)).await
                }
            };
            Some(json!({ "result": answer.into_json() }))
        }
        .boxed()
    };
    Some(Asked { method: "session.ui.handlePendingElicitation", work: Box::new(work) })
}

fn command(event: &Event, set: &HandlerSet) -> Option<Asked> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Name {
        command_name: Box<str>,
    }

    let handler = set.command(&event.decode::<Name>().ok()?.command_name)?;
    let work = move |context| {
        async move {
            let done = match payload::<CommandExecute>(&context) {
                None => Err("the command can't be read".to_owned()),
                Some(request) => handler.run(CommandCall::new(context, request)).await,
            };
            Some(done.map_or_else(|error| json!({ "error": error }), |()| json!({})))
        }
        .boxed()
    };
    Some(Asked { method: "session.commands.handlePendingCommand", work: Box::new(work) })
}
