//! The command line and environment of a runtime that a client starts.

use crate::error::{Error, ErrorKind, Result};
use crate::rpc::Command;
use crate::session::runtime::command::RuntimeCommand;
use crate::session::runtime::find::find_runtime;

/// What a runtime that listens on a port writes to its standard output, before the number.
pub(in crate::session) const ANNOUNCEMENT: &str = "listening on port ";

/// What a client asks of the runtime that it starts, beside what the command itself says.
#[derive(Clone, Copy)]
pub(in crate::session) struct Launch<'a> {
    /// How the runtime is reached: `--stdio`, or a port.
    pub(in crate::session) listen: &'a [String],
    pub(in crate::session) connection_token: Option<&'a str>,
    pub(in crate::session) github_token: Option<&'a str>,
    pub(in crate::session) use_logged_in_user: Option<bool>,
}

impl Launch<'_> {
    /// The whole command; finds the runtime unless `command` names it.
    pub(in crate::session) fn command(self, command: &RuntimeCommand) -> Result<Command> {
        let path = find_runtime(command.path.as_deref()).map_err(|error| {
            Error::new(ErrorKind::RuntimeNotFound, "no Copilot runtime was found")
                .with_source(error)
        })?;
        let mut launch = Command::new(path)
            .args(&command.args)
            .args(["--headless", "--no-auto-update"])
            .env_remove("NODE_DEBUG");
        // First, so that no variable undoes an option.
        for (name, value) in &command.env {
            launch = match value {
                Some(value) => launch.env(name, value),
                None => launch.env_remove(name),
            };
        }
        if let Some(level) = &command.log_level {
            launch = launch.args(["--log-level", level]);
        }
        launch = launch.args(self.listen);
        if let Some(token) = self.github_token {
            launch = launch
                .args(["--auth-token-env", "COPILOT_SDK_AUTH_TOKEN"])
                .env("COPILOT_SDK_AUTH_TOKEN", token);
        }
        if !self.use_logged_in_user.unwrap_or(self.github_token.is_none()) {
            launch = launch.arg("--no-auto-login");
        }
        if let Some(token) = self.connection_token {
            launch = launch.env("COPILOT_CONNECTION_TOKEN", token);
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
