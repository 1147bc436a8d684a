//! Finding the Copilot runtime's program on this machine.

use std::env::consts;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Finds the Copilot runtime's program in this process's environment.
///
/// [`Client::start`](crate::Client::start) does this by itself. [`find_runtime_in`] says which
/// places are searched. Blocks on the file system, without a time limit.
///
/// # Errors
///
/// [`FindRuntimeError`] when no runtime was found.
pub fn find_runtime(explicit: Option<&Path>) -> Result<PathBuf, FindRuntimeError> {
    find_runtime_in(&ProcessEnvironment, explicit)
}

/// Finds the Copilot runtime's program in `environment`.
///
/// Takes the first of:
///
/// 1. `explicit`, when given;
/// 2. the environment variable `COPILOT_CLI_PATH`, when set and not empty;
/// 3. an npm package in a `node_modules` directory, from the current directory upward, then
///    below the prefixes `npm_config_prefix` and `PREFIX`: in each directory the runtime of the
///    SDK (`@github/copilot-sdk-<platform>`), else the CLI (`@github/copilot-<platform>`). On
///    musl systems the CLI only;
/// 4. `copilot` on `PATH` (`copilot.exe` or `copilot.cmd` on Windows).
///
/// If 1 or 2 names no program, the search fails and the other places are not tried. A program
/// is a file that is executable; on Windows, and with a name that ends in `.js`, any file.
///
/// Asks the environment some dozens of times, without a time limit of its own.
///
/// # Errors
///
/// [`FindRuntimeError`] when no runtime was found.
pub fn find_runtime_in(
    environment: &impl Environment,
    explicit: Option<&Path>,
) -> Result<PathBuf, FindRuntimeError> {
    let mut search = Search { environment, misses: Vec::new() };
    let found = match (explicit, environment.variable(PATH_VARIABLE)) {
        (Some(path), _) => search.try_program(path.to_owned()),
        (None, Some(path)) if !path.is_empty() => search.try_program(path.into()),
        _ => search.try_npm_packages().or_else(|| search.try_path_variable()),
    };
    found.ok_or_else(|| FindRuntimeError {
        misses: search.misses,
        platform: environment.platform(),
    })
}

/// The machine as [`find_runtime_in`] sees it: variables, files, platform.
///
/// [`ProcessEnvironment`] is the real one; tests can implement their own.
pub trait Environment {
    /// The value of an environment variable; `None` when it is not set.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// The current directory as an absolute path; `None` when it is unknown.
    fn current_dir(&self) -> Option<PathBuf>;

    /// Whether there is a file at this path, following links.
    fn is_file(&self, path: &Path) -> bool;

    /// Whether the file at this path may be executed.
    fn is_executable(&self, path: &Path) -> bool;

    /// The platform that the program must be built for.
    fn platform(&self) -> Platform;
}

/// An operating system and a processor, as npm packages name them. `Display` writes
/// `linux-x64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Platform {
    /// The operating system: `linux`, `linuxmusl`, `darwin`, `win32`, or another one's own
    /// name.
    pub os: &'static str,
    /// The processor: `x64`, `arm64`, or another one's own name.
    pub arch: &'static str,
}

impl Platform {
    /// A platform with these names.
    pub fn new(os: &'static str, arch: &'static str) -> Self {
        Self { os, arch }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.os, self.arch)
    }
}

/// The [`Environment`] of this process.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn current_dir(&self) -> Option<PathBuf> {
        std::env::current_dir().ok()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_executable(&self, path: &Path) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            path.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
        }
        #[cfg(not(unix))]
        self.is_file(path)
    }

    fn platform(&self) -> Platform {
        let os = match consts::OS {
            "linux" if is_musl_system() => "linuxmusl",
            "macos" => "darwin",
            "windows" => "win32",
            other => other,
        };
        let arch = match consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        Platform { os, arch }
    }
}

/// No runtime was found. `Display` lists every place that was searched, with the reason, and
/// says what to install.
#[derive(Clone, Debug)]
pub struct FindRuntimeError {
    misses: Vec<(PathBuf, &'static str)>,
    platform: Platform,
}

impl FindRuntimeError {
    /// The paths that were tried, in order.
    pub fn looked_at(&self) -> impl Iterator<Item = &Path> {
        self.misses.iter().map(|(path, _)| path.as_path())
    }
}

impl fmt::Display for FindRuntimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "the Copilot runtime was not found. Tried:")?;
        for (path, why) in &self.misses {
            writeln!(formatter, "  {} ({why})", path.display())?;
        }
        let package = match self.platform.os {
            // The runtime of the SDK needs glibc.
            "linuxmusl" => format!("@github/copilot-{}", self.platform),
            _ => format!("@github/copilot-sdk-{}", self.platform),
        };
        write!(
            formatter,
            "Install it with `npm install {package}`, or the CLI with `npm install -g \
             @github/copilot`, or name its path with {PATH_VARIABLE}."
        )
    }
}

impl std::error::Error for FindRuntimeError {}

/// A search, with the paths that it has tried in vain and why.
struct Search<'a, E: Environment> {
    environment: &'a E,
    misses: Vec<(PathBuf, &'static str)>,
}

impl<E: Environment> Search<'_, E> {
    fn try_program(&mut self, path: PathBuf) -> Option<PathBuf> {
        let is_script = path.extension().is_some_and(|extension| extension == "js");
        let why = if !self.environment.is_file(&path) {
            "no such file"
        } else if !is_script && !self.environment.is_executable(&path) {
            "not executable"
        } else {
            return Some(path);
        };
        self.misses.push((path, why));
        None
    }

    fn try_npm_packages(&mut self) -> Option<PathBuf> {
        let platform = self.environment.platform();
        let windows = platform.os == "win32";
        let mut roots: Vec<PathBuf> = Vec::new();
        if let Some(current) = self.environment.current_dir() {
            roots.extend(current.ancestors().map(|dir| dir.join("node_modules")));
        }
        for variable in ["npm_config_prefix", "PREFIX"] {
            if let Some(prefix) =
                self.environment.variable(variable).filter(|prefix| !prefix.is_empty())
            {
                let within = if windows { "node_modules" } else { "lib/node_modules" };
                let root = Path::new(&prefix).join(within);
                if !roots.contains(&root) {
                    roots.push(root);
                }
            }
        }
        let suffix = if windows { ".exe" } else { "" };
        let mut programs = Vec::new();
        if platform.os != "linuxmusl" {
            programs.push(format!(
                "@github/copilot-sdk-{platform}/prebuilds/{platform}/copilot-runtime{suffix}"
            ));
        }
        let cli = format!("@github/copilot-{platform}/copilot{suffix}");
        // npm keeps the platform's package nested in a global installation.
        let nested = format!("@github/copilot/node_modules/{cli}");
        programs.extend([cli, nested]);
        roots.iter().find_map(|root| {
            programs.iter().find_map(|program| self.try_program(root.join(program)))
        })
    }

    fn try_path_variable(&mut self) -> Option<PathBuf> {
        let names: &[&str] = match self.environment.platform().os {
            "win32" => &["copilot.exe", "copilot.cmd"],
            _ => &["copilot"],
        };
        let path = self.environment.variable("PATH")?;
        std::env::split_paths(&path).find_map(|directory| {
            names.iter().find_map(|name| self.try_program(directory.join(name)))
        })
    }
}

/// Whether programs must be linked with musl: its loader exists and that of glibc does not.
fn is_musl_system() -> bool {
    let exists = |path: String| Path::new(&path).exists();
    let musl = format!("/lib/ld-musl-{}.so.1", consts::ARCH);
    let glibc = match consts::ARCH {
        "x86_64" => "/lib64/ld-linux-x86-64.so.2".to_owned(),
        arch => format!("/lib/ld-linux-{arch}.so.1"),
    };
    exists(musl) && !exists(glibc)
}

const PATH_VARIABLE: &str = "COPILOT_CLI_PATH";

#[cfg(test)]
mod tests;
