//! The command of a child process: program, arguments, environment, working directory.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{env, fmt, io};

use process_wrap::tokio::{CommandWrap, KillOnDrop};

use crate::rpc::process::LaunchError;

/// The command that launches a child process: program, arguments, environment, working
/// directory.
///
/// A path that ends in `.js` runs with `node`, any other directly. The process inherits this
/// process's environment, or [some](Self::inherit_env) or [none](Self::env_clear) of it, with the
/// changes made here. `Debug` prints the names of variables but not their values; it does print
/// arguments, so do not pass secrets there.
#[derive(Clone)]
pub struct Command {
    path: PathBuf,
    args: Vec<OsString>,
    /// The names of the variables that are inherited; `None` for all.
    inherited: Option<Vec<OsString>>,
    env: Vec<(OsString, Option<OsString>)>,
    cwd: Option<PathBuf>,
}

impl Command {
    /// Creates a command for the program at `path`; a bare name is searched on `PATH`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            args: Vec::new(),
            inherited: None,
            env: Vec::new(),
            cwd: None,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Lets the process inherit no environment variable.
    ///
    /// What [`env`](Self::env) and [`inherit_env`](Self::inherit_env) add is not affected, whether
    /// before or after. On Windows most programs need `SystemRoot`.
    pub fn env_clear(self) -> Self {
        self.inherit_env([""; 0])
    }

    /// Lets the process inherit these environment variables and no others: those that are set in
    /// this process when the command is launched. Further calls add to the names.
    pub fn inherit_env(mut self, names: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let inherited = self.inherited.get_or_insert_default();
        inherited.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Removes an environment variable.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Sets the working directory; by default that of this process.
    ///
    /// It does not affect a relative program path, which stays relative to this process's
    /// working directory.
    pub fn cwd(mut self, path: impl Into<PathBuf>) -> Self {
        self.cwd = Some(path.into());
        self
    }

    /// The path given to [`Command::new`].
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Builds a command whose process leads its own group (process group or job object) and, on
    /// Linux and Windows, is killed when this process dies.
    pub(super) fn wrap(&self, stdin: Stdio) -> io::Result<CommandWrap> {
        let program = self.program();
        let is_path = program.components().nth(1).is_some();
        let program = match self.inherited {
            _ if is_path => std::path::absolute(program)?,
            // It is searched on this process's `PATH`, which the new one may not have.
            Some(_) => on_path(program).unwrap_or_else(|| program.to_owned()),
            None => program.to_owned(),
        };
        let mut command = CommandWrap::with_new(program, |command| {
            if self.is_script() {
                command.arg(&self.path);
            }
            command.args(&self.args);
            if let Some(names) = &self.inherited {
                command.env_clear();
                let inherited = names.iter().filter_map(|name| Some((name, variable(name)?)));
                command.envs(inherited);
            }
            for (name, value) in &self.env {
                match value {
                    Some(value) => command.env(name, value),
                    None => command.env_remove(name),
                };
            }
            if let Some(cwd) = &self.cwd {
                command.current_dir(cwd);
            }
            command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
            copilot_sessions_parent_death::kill_with_parent(command.as_std_mut());
        });
        // On Windows this also makes the job object kill its processes when the last handle to
        // it closes, which happens at the latest when this process ends.
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        Ok(command)
    }

    /// Converts the error of a failed spawn.
    pub(super) fn explain(&self, error: io::Error) -> LaunchError {
        if let Some(cwd) = self.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
            return LaunchError::WorkingDirectory { path: cwd.clone() };
        }
        let program = self.program().to_owned();
        match error.kind() {
            // A script whose interpreter is missing also gets ENOENT.
            io::ErrorKind::NotFound if !program.exists() => LaunchError::NotFound { program },
            io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::IsADirectory => LaunchError::NotExecutable { program, error },
            _ if error.raw_os_error() == EXEC_FORMAT_ERROR => {
                LaunchError::NotExecutable { program, error }
            }
            _ => LaunchError::Io(error),
        }
    }

    fn program(&self) -> &Path {
        if self.is_script() { Path::new("node") } else { &self.path }
    }

    fn is_script(&self) -> bool {
        self.path.extension() == Some(OsStr::new("js"))
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("Command")
            .field("path", &self.path)
            .field("args", &self.args)
            .field("inherited", &self.inherited)
            .field("env", &names)
            .field("cwd", &self.cwd)
            .finish()
    }
}

/// The value of a variable of this process; `None` also for what can be no name.
fn variable(name: &OsStr) -> Option<OsString> {
    // The standard library panics on a name with a NUL, or refuses it, depending on the system.
    let bytes = name.as_encoded_bytes();
    if bytes.is_empty() || bytes.contains(&0) || bytes.contains(&b'=') {
        return None;
    }
    env::var_os(name)
}

/// The program of this name on this process's `PATH`.
fn on_path(program: &Path) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|it| it.is_file())
}

/// `ENOEXEC`, or `ERROR_BAD_EXE_FORMAT`.
const EXEC_FORMAT_ERROR: Option<i32> = Some(if cfg!(windows) { 193 } else { 8 });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_runs_with_node_and_any_other_program_directly() {
        let command = Command::new("dir/index.js").arg("--x");
        let wrapped = command.wrap(Stdio::null()).unwrap();
        let wrapped = wrapped.command().as_std();
        assert_eq!(wrapped.get_program(), "node");
        assert_eq!(wrapped.get_args().collect::<Vec<_>>(), ["dir/index.js", "--x"]);
        let direct = Command::new("server").wrap(Stdio::null()).unwrap();
        assert_eq!(direct.command().as_std().get_program(), "server");
    }

    #[test]
    fn debug_output_omits_the_values_of_variables() {
        let text = format!("{:?}", Command::new("x").env("TOKEN", "secret"));
        assert!(text.contains("TOKEN") && !text.contains("secret"), "{text}");
    }
}
