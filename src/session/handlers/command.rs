//! Slash commands of this client.

use std::future::Future;

use crate::events::kinds::CommandExecute;
use crate::session::handlers::context::{Context, context_methods};
use crate::session::handlers::function::{Function, guarded};
use crate::session::handlers::tool::ToolError;

/// A slash command that the user has given.
#[derive(Clone, Debug)]
pub struct CommandCall {
    context: Context,
    request: Box<CommandExecute>,
}

context_methods!(CommandCall);

impl CommandCall {
    pub(super) fn new(context: Context, request: CommandExecute) -> Self {
        Self { context, request: Box::new(request) }
    }

    /// Its name, without the slash.
    pub fn name(&self) -> &str {
        &self.request.command_name
    }

    /// What stands behind the name.
    pub fn arguments(&self) -> &str {
        &self.request.args
    }

    /// The whole line, with the slash.
    pub fn line(&self) -> &str {
        &self.request.command
    }
}

/// The function of a command.
#[derive(Clone, Debug)]
pub(in crate::session) struct CommandHandler(Function<CommandCall, Result<(), ToolError>>);

impl CommandHandler {
    pub(in crate::session) fn new<F, R>(function: F) -> Self
    where
        F: FnOnce(CommandCall) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<(), ToolError>> + Send + 'static,
    {
        Self(Function::new(function))
    }

    /// Runs it; the text of what went wrong is for the user.
    pub(super) async fn run(self, call: CommandCall) -> Result<(), String> {
        match guarded(None, self.0.call(call)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(failed) => Err(format!("the command {failed}")),
        }
    }
}
