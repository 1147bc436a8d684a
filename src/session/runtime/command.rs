//! `RuntimeCommand`: which runtime program to start, with which arguments and environment.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The command that starts a runtime: program, arguments, environment, directories.
///
/// A command without a path uses the first runtime that is found: the program that the
/// environment variable `COPILOT_CLI_PATH` names, an npm package
/// (`@github/copilot-sdk-<platform>` or `@github/copilot-<platform>`) in a `node_modules`
/// directory, or `copilot` on the `PATH`. [`find_runtime_in`](crate::session::find_runtime_in)
/// has the details. The search happens when the client starts, with this program's current
/// directory and environment; [`working_directory`](Self::working_directory) and
/// [`env`](Self::env) do not affect it.
///
/// The runtime inherits this program's environment, or [some](Self::inherit_env) or
/// [none](Self::env_clear) of it. `Debug` shows names of variables and no values, because they may
/// hold keys.
///
/// ```
/// use copilot_sessions::RuntimeCommand;
///
/// let command = RuntimeCommand::new()
///     .inherit_env(["PATH", "HOME", "LANG"]) // and nothing else that this program has
///     .env("HTTPS_PROXY", "http://proxy:3128");
/// # let _ = command;
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct RuntimeCommand {
    pub(super) path: Option<PathBuf>,
    pub(super) args: Vec<OsString>,
    /// The names of the variables that the runtime inherits; `None` for all.
    pub(super) inherited: Option<Vec<OsString>>,
    pub(super) env: Vec<(OsString, Option<OsString>)>,
    pub(super) working_directory: Option<PathBuf>,
    pub(super) base_directory: Option<PathBuf>,
    pub(super) log_level: Option<String>,
}

impl RuntimeCommand {
    /// A command for the runtime that is found.
    pub fn new() -> Self {
        Self::default()
    }

    /// A command for the runtime at `path`. A path that ends in `.js` is run by `node`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    /// Adds an argument, before the arguments that this crate adds.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Lets the runtime inherit no variable of this program's environment. All by default.
    ///
    /// What [`env`](Self::env), [`inherit_env`](Self::inherit_env) and the options of the client add
    /// is not affected, whether before or after. Without `HOME` a runtime needs a [base
    /// directory](Self::base_directory), and one that is a script is run by the `node` on this
    /// program's `PATH`; without `PATH` its tools find few programs. On Windows it needs
    /// `SystemRoot`.
    pub fn env_clear(self) -> Self {
        self.inherit_env([""; 0])
    }

    /// Lets the runtime inherit these variables of this program's environment and no others.
    /// Further calls add to the names. A name that is not set here is not set there.
    pub fn inherit_env(mut self, names: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let inherited = self.inherited.get_or_insert_default();
        inherited.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets a variable in the runtime's environment.
    ///
    /// An option that sets the same variable wins: the [GitHub
    /// token](crate::ClientOptions::github_token), the [base directory](Self::base_directory),
    /// and for a runtime on a TCP port the [connection
    /// token](crate::ClientOptions::connection_token), which is random unless it is set there.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a variable from the runtime's environment.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Sets the runtime's working directory; this program's current directory by default.
    pub fn working_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.working_directory = Some(directory.into());
        self
    }

    /// Sets the directory in which the runtime keeps its state (`COPILOT_HOME`). By default the
    /// runtime uses an inherited `COPILOT_HOME`, or `~/.copilot`.
    pub fn base_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.base_directory = Some(directory.into());
        self
    }

    /// Sets how much the runtime logs: `none`, `error`, `warning`, `info`, `debug` or `all`.
    pub fn log_level(mut self, level: impl Into<String>) -> Self {
        self.log_level = Some(level.into());
        self
    }
}

impl fmt::Debug for RuntimeCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values may be keys.
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("RuntimeCommand")
            .field("path", &self.path)
            .field("args", &self.args)
            .field("inherited", &self.inherited)
            .field("env", &names)
            .field("working_directory", &self.working_directory)
            .field("base_directory", &self.base_directory)
            .finish_non_exhaustive()
    }
}
