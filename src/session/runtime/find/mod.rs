//! Finding the Copilot runtime's program on this machine.

use std::env::consts;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Finds the runtime, asking this process's environment: see [`find_runtime_in`].
///
/// # Errors
///
/// Nothing was found; the error says where it was looked for and what to install.
pub fn find_runtime(explicit: Option<&Path>) -> Result<PathBuf, FindRuntimeError> {
    find_runtime_in(&ProcessEnvironment, explicit)
}

/// Finds the runtime in an environment.
///
/// The first of these is taken:
///
/// 1. `explicit`, when given;
/// 2. `COPILOT_CLI_PATH`, when set;
/// 3. an npm package in a `node_modules` directory, from the current directory upward, then
///    under the prefixes `npm_config_prefix` and `PREFIX`: the runtime of the SDK
///    (`@github/copilot-sdk-<platform>`), else the CLI (`@github/copilot-<platform>`);
/// 4. `copilot` on `PATH`.
///
/// The first two are somebody's choice: if they name no program, that is an error and nothing
/// else is tried. A program is a file and, on unix and unless it ends in `.js`, executable.
///
/// # Errors
///
/// Nothing was found; the error says where it was looked for and what to install.
pub fn find_runtime_in(
    environment: &impl Environment,
    explicit: Option<&Path>,
) -> Result<PathBuf, FindRuntimeError> {
    let mut search = Search { environment, misses: Vec::new() };
    let found = match (explicit, environment.variable(PATH_VARIABLE)) {
        (Some(path), _) => search.program(path.to_owned()),
        (None, Some(path)) if !path.is_empty() => search.program(path.into()),
        _ => search.npm().or_else(|| search.on_path()),
    };
    found.ok_or_else(|| FindRuntimeError {
        misses: search.misses,
        platform: environment.platform(),
    })
}

/// What [`find_runtime_in`] asks about the machine.
pub trait Environment {
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// The current directory, absolute.
    fn current_dir(&self) -> Option<PathBuf>;

    /// Whether there is a file at this path, following links.
    fn is_file(&self, path: &Path) -> bool;

    /// Whether the file at this path may be executed.
    fn is_executable(&self, path: &Path) -> bool;

    /// The platform programs must be built for.
    fn platform(&self) -> Platform;
}

/// An operating system and a processor, in npm's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Platform {
    /// `linux`, `linuxmusl`, `darwin` or `win32`.
    pub os: &'static str,
    /// `x64` or `arm64`.
    pub arch: &'static str,
}

impl Platform {
    /// A platform; for an operating system npm has no word for, its own name.
    pub fn new(os: &'static str, arch: &'static str) -> Self {
        Self { os, arch }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.os, self.arch)
    }
}

/// The environment of this process.
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

    #[cfg(unix)]
    fn is_executable(&self, path: &Path) -> bool {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
    }

    #[cfg(not(unix))]
    fn is_executable(&self, path: &Path) -> bool {
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

/// Why no runtime was found. `Display` lists every place and says what to install.
#[derive(Clone, Debug)]
pub struct FindRuntimeError {
    misses: Vec<(PathBuf, &'static str)>,
    platform: Platform,
}

impl FindRuntimeError {
    /// The places that were looked at, in order.
    pub fn looked_at(&self) -> impl Iterator<Item = &Path> {
        self.misses.iter().map(|(path, _)| path.as_path())
    }
}

impl fmt::Display for FindRuntimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "the Copilot runtime was not found. Looked at:")?;
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

/// A search under way, with what it did not find.
struct Search<'a, E: Environment> {
    environment: &'a E,
    misses: Vec<(PathBuf, &'static str)>,
}

impl<E: Environment> Search<'_, E> {
    fn program(&mut self, path: PathBuf) -> Option<PathBuf> {
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

    fn npm(&mut self) -> Option<PathBuf> {
        let platform = self.environment.platform();
        let windows = platform.os == "win32";
        let mut roots: Vec<PathBuf> = Vec::new();
        if let Some(current) = self.environment.current_dir() {
            roots.extend(current.ancestors().map(|dir| dir.join("node_modules")));
        }
        for variable in ["npm_config_prefix", "PREFIX"] {
            if let Some(prefix) =
                self.environment.variable(variable).filter(|it| !it.is_empty())
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
        // Where npm did not hoist the package of the platform, as in a global installation.
        let nested = format!("@github/copilot/node_modules/{cli}");
        programs.extend([cli, nested]);
        roots.iter().find_map(|root| {
            programs.iter().find_map(|program| self.program(root.join(program)))
        })
    }

    fn on_path(&mut self) -> Option<PathBuf> {
        let names: &[&str] = match self.environment.platform().os {
            "win32" => &["copilot.exe", "copilot.cmd"],
            _ => &["copilot"],
        };
        let path = self.environment.variable("PATH")?;
        std::env::split_paths(&path).find_map(|directory| {
            names.iter().find_map(|name| self.program(directory.join(name)))
        })
    }
}

/// Whether programs must be linked with musl: its loader is there and glibc's is not.
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
