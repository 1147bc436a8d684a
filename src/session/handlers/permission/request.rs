//! `PermissionRequest`: what a tool wants to do.

use crate::events::kinds::{self, PermissionRequested};
use crate::session::handlers::context::{Context, context_methods};

/// What a tool wants to do, and has to be permitted.
#[derive(Clone, Debug)]
pub struct PermissionRequest {
    context: Context,
    request: Box<PermissionRequested>,
}

context_methods!(PermissionRequest);

impl PermissionRequest {
    pub(in crate::session::handlers) fn new(
        context: Context,
        request: PermissionRequested,
    ) -> Self {
        Self { context, request: Box::new(request) }
    }

    /// What is to be permitted: a command, a file, a URL, a tool. One that this release does not know is
    /// [`Unknown`](kinds::PermissionRequest::Unknown): deny it, unless you can read it.
    pub fn details(&self) -> &kinds::PermissionRequest {
        &self.request.permission_request
    }

    /// The command line, if it is a shell command.
    pub fn command(&self) -> Option<&str> {
        match self.details() {
            kinds::PermissionRequest::Shell(shell) => Some(&shell.full_command_text),
            _ => None,
        }
    }

    /// Whether the runtime says that nothing is changed by it: files are read, or every command and tool
    /// is known to be read-only. A command that writes to a file, and one that is to run outside of the
    /// sandbox, is not.
    pub fn is_read_only(&self) -> bool {
        match self.details() {
            kinds::PermissionRequest::Read(_) => true,
            kinds::PermissionRequest::Mcp(mcp) => mcp.read_only,
            kinds::PermissionRequest::Shell(shell) => {
                !shell.commands.is_empty()
                    && shell.commands.iter().all(|command| command.read_only)
                    && !shell.has_write_file_redirection
                    && shell.request_sandbox_bypass != Some(true)
            }
            _ => false,
        }
    }

    /// What the runtime would show to a user; with [`details`](Self::details) all that it says.
    pub fn requested(&self) -> &PermissionRequested {
        &self.request
    }
}
