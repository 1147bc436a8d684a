//! The command line and environment of a runtime that a client starts.

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::Command;
use crate::secret::Secret;
use crate::session::runtime::command::RuntimeCommand;
use crate::session::runtime::find::find_runtime;

/// The text before the port number in the line by which a listening runtime announces its port
/// on its standard output.
pub(in crate::session) const PORT_ANNOUNCEMENT: &str = "listening on port ";

/// The client options that become arguments and environment variables of a launched runtime.
#[derive(Clone, Copy)]
pub(in crate::session) struct Launch<'a> {
    /// The arguments that say how the runtime is reached: `--stdio`, or a port.
    pub(in crate::session) transport_args: &'a [String],
    pub(in crate::session) connection_token: Option<&'a Secret>,
    pub(in crate::session) github_token: Option<&'a Secret>,
    pub(in crate::session) use_logged_in_user: Option<bool>,
}

impl Launch<'_> {
    /// Builds the whole command. Searches for the runtime unless `command` has a path; the search
    /// blocks on the file system, without a time limit.
    pub(in crate::session) fn command(self, command: &RuntimeCommand) -> Result<Command> {
        let path = find_runtime(command.path.as_deref()).map_err(|error| {
            Error::new(ErrorKind::RuntimeNotFound, "no Copilot runtime was found; install one with `npm install -g @github/copilot`, or name \
                 its path with `COPILOT_CLI_PATH`")
                .with_source(error)
        })?;
        let mut launch = Command::new(path)
            .args(&command.args)
            .args(["--headless", "--no-auto-update"])
            .env_remove("NODE_DEBUG");
        if let Some(names) = &command.inherited {
            launch = launch.inherit_env(names);
        }
        // Before the options, so that an option wins over a variable of the same name.
        for (name, value) in &command.env {
            launch = match value {
                Some(value) => launch.env(name, value),
                None => launch.env_remove(name),
            };
        }
        if let Some(level) = &command.log_level {
            launch = launch.args(["--log-level", level]);
        }
        launch = launch.args(self.transport_args);
        if let Some(token) = self.github_token {
            launch = launch
                .args(["--auth-token-env", "COPILOT_SDK_AUTH_TOKEN"])
                .env("COPILOT_SDK_AUTH_TOKEN", token.expose());
        }
        if !self.use_logged_in_user.unwrap_or(self.github_token.is_none()) {
            launch = launch.arg("--no-auto-login");
        }
        if let Some(token) = self.connection_token {
            launch = launch.env("COPILOT_CONNECTION_TOKEN", token.expose());
        }
        if let Some(directory) = &command.base_directory {
            launch = launch.env("COPILOT_HOME", directory);
        }
        if let Some(directory) = &command.working_directory {
            launch = launch.cwd(directory);
        }
        Ok(launch)
    }
}
