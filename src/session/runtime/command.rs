//! The command that starts a runtime.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The runtime to start.
///
/// Without a path the first of these is taken: the program that the environment variable
/// `COPILOT_CLI_PATH` names, an npm package (`@github/copilot-sdk-<platform>` or
/// `@github/copilot-<platform>`) in a `node_modules` of the working directory or above,
/// and `copilot` on the `PATH`.
#[derive(Clone, Default)]
#[must_use]
pub struct RuntimeCommand {
    pub(super) path: Option<PathBuf>,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(OsString, Option<OsString>)>,
    pub(super) working_directory: Option<PathBuf>,
    pub(super) base_directory: Option<PathBuf>,
    pub(super) log_level: Option<String>,
}

impl RuntimeCommand {
    /// The runtime that is found.
    pub fn new() -> Self {
        Self::default()
    }

    /// The runtime at this path. One that ends in `.js` is run by `node`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    /// One more argument, before those that this crate adds.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets a variable in the runtime's environment. Where an option says the same (the GitHub
    /// token, the base directory), the option wins. The connection token of a runtime on a port
    /// is always that of the options, or made up.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a variable from the runtime's environment.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Where the runtime runs; this program's working directory unless set.
    pub fn working_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.working_directory = Some(directory.into());
        self
    }

    /// Where the runtime keeps its state (`COPILOT_HOME`); `~/.copilot` unless set.
    pub fn base_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.base_directory = Some(directory.into());
        self
    }

    /// How much the runtime logs: `none`, `error`, `warning`, `info`, `debug` or `all`.
    pub fn log_level(mut self, level: impl Into<String>) -> Self {
        self.log_level = Some(level.into());
        self
    }
}

impl fmt::Debug for RuntimeCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The environment may hold keys.
        f.debug_struct("RuntimeCommand")
            .field("path", &self.path)
            .field("args", &self.args)
            .field("working_directory", &self.working_directory)
            .field("base_directory", &self.base_directory)
            .finish_non_exhaustive()
    }
}
