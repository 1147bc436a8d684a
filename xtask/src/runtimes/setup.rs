//! `cargo xtask setup`: downloads the real runtime and the real CLI, for the tests that need them.
//!
//! They are unpacked to `target/runtimes/runtime` and `target/runtimes/cli`. Each directory holds a marker with the
//! package and version it was made from. A directory appears by a rename once it is complete: an interrupted run leaves
//! only a scratch directory, which the next run removes.

use std::fs;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::runtimes::{npm, pins, platform};

const MARKER: &str = ".unpacked-from";

/// Where the programs are.
#[derive(Debug, Clone)]
pub(crate) struct Runtimes {
    pub(crate) runtime: PathBuf,
    pub(crate) cli: PathBuf,
    pub(crate) cli_version: String,
}

impl Runtimes {
    /// The environment variables by which tests find the programs.
    pub(crate) fn variables(&self) -> [(&'static str, &Path); 2] {
        [
            ("COPILOT_SESSIONS_RUNTIME", self.runtime.as_path()),
            ("COPILOT_SESSIONS_CLI", self.cli.as_path()),
        ]
    }
}

/// Which version of the CLI to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cli {
    Pinned,
    Newest,
}

/// One npm package with one program in it.
#[derive(Debug)]
struct Package {
    name: String,
    version: String,
    program: PathBuf,
}

/// Downloads the programs unless they are there, and returns their paths. Reports progress on standard error.
pub(crate) fn ensure(root: &Path, cli: Cli) -> Result<Runtimes> {
    let home = root.join("target").join("runtimes");
    fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    // Held until the end: two concurrent runs would remove each other's scratch directory.
    let lock = File::create(home.join(".lock")).context("cannot create the lock file")?;
    lock.lock().context("cannot lock the lock file")?;
    let runtime = runtime_package()?;
    let cli = cli_package(cli)?;
    Ok(Runtimes {
        runtime: unpacked(&home, "runtime", &runtime, with_npm)?,
        cli: unpacked(&home, "cli", &cli, with_npm)?,
        cli_version: cli.version,
    })
}

fn runtime_package() -> Result<Package> {
    let platform = platform::name()?;
    Ok(Package {
        name: format!("@github/copilot-sdk-{platform}"),
        version: pins::RUNTIME_PACKAGE_VERSION.to_owned(),
        program: Path::new("prebuilds")
            .join(&platform)
            .join(platform::executable("copilot-runtime")),
    })
}

fn cli_package(cli: Cli) -> Result<Package> {
    let name = format!("@github/copilot-{}", platform::name()?);
    let version = match cli {
        Cli::Pinned => pins::CLI_VERSION.to_owned(),
        Cli::Newest => npm::newest(&name)?,
    };
    Ok(Package { name, version, program: platform::executable("copilot").into() })
}

fn with_npm(package: &Package, into: &Path) -> Result<PathBuf> {
    npm::install(&package.name, &package.version, into)
}

/// The program of `package`. If `home/directory` holds anything else, `fetch` unpacks the package there first.
fn unpacked(
    home: &Path,
    directory: &str,
    package: &Package,
    fetch: impl FnOnce(&Package, &Path) -> Result<PathBuf>,
) -> Result<PathBuf> {
    let target = home.join(directory);
    let program = target.join(&package.program);
    let origin = format!("{}@{}\n", package.name, package.version);
    if fs::read_to_string(target.join(MARKER)).is_ok_and(|found| found == origin)
        && program.is_file()
    {
        return Ok(program);
    }
    let scratch = home.join(format!(".{directory}.part"));
    remove(&scratch)?;
    fs::create_dir(&scratch).with_context(|| format!("cannot create {}", scratch.display()))?;
    let fetched = fetch(package, &scratch)?;
    ensure!(
        fetched.join(&package.program).is_file(),
        "the package {} has no file {}: its layout has changed",
        origin.trim_end(),
        package.program.display()
    );
    fs::write(fetched.join(MARKER), &origin).context("cannot write the marker")?;
    remove(&target)?;
    fs::rename(&fetched, &target)
        .with_context(|| format!("cannot move the package to {}", target.display()))?;
    remove(&scratch)?;
    Ok(program)
}

fn remove(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", directory.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    /// A temporary directory for one test.
    struct Home(PathBuf);

    impl Home {
        fn new(test: &str) -> Self {
            let name = format!("xtask-setup-{test}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            remove(&path).unwrap();
            fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Home {
        fn drop(&mut self) {
            let _ = remove(&self.0);
        }
    }

    fn package(version: &str) -> Package {
        Package {
            name: "@scope/package".into(),
            version: version.into(),
            program: Path::new("bin").join("program"),
        }
    }

    fn fake(package: &Package, into: &Path) -> Result<PathBuf> {
        let directory = into.join("fetched");
        fs::create_dir_all(directory.join("bin"))?;
        fs::write(directory.join(&package.program), &package.version)?;
        Ok(directory)
    }

    fn unreachable(_: &Package, _: &Path) -> Result<PathBuf> {
        bail!("a fetch was not expected")
    }

    #[test]
    fn a_second_run_fetches_nothing_and_another_version_replaces_the_first() {
        let home = Home::new("second");
        let first = unpacked(&home.0, "cli", &package("1.0.0"), fake).unwrap();
        let second = unpacked(&home.0, "cli", &package("1.0.0"), unreachable).unwrap();
        assert_eq!(first, second);
        let third = unpacked(&home.0, "cli", &package("2.0.0"), fake).unwrap();
        assert_eq!(fs::read_to_string(third).unwrap(), "2.0.0");
        assert!(!home.0.join(".cli.part").exists());
    }

    #[test]
    fn the_files_of_an_interrupted_run_are_replaced() {
        let home = Home::new("stopped");
        fs::create_dir_all(home.0.join(".cli.part").join("node_modules")).unwrap();
        fs::create_dir_all(home.0.join("cli").join("bin")).unwrap();
        fs::write(home.0.join("cli").join("bin").join("program"), "torn").unwrap();
        let program = unpacked(&home.0, "cli", &package("1.0.0"), fake).unwrap();
        assert_eq!(fs::read_to_string(program).unwrap(), "1.0.0");
    }

    #[test]
    fn a_failed_fetch_keeps_the_existing_program() {
        let home = Home::new("failed");
        let program = unpacked(&home.0, "cli", &package("1.0.0"), fake).unwrap();
        assert!(unpacked(&home.0, "cli", &package("2.0.0"), unreachable).is_err());
        assert_eq!(fs::read_to_string(program).unwrap(), "1.0.0");
    }
}
