//! Downloads packages with npm.

use std::io;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail, ensure};

/// Unpacks `package` at exactly `version` below `into`, an empty directory; returns the package's own directory.
///
/// No script of the package runs, and no lock file is written outside of `into`.
pub(crate) fn install(package: &str, version: &str, into: &Path) -> Result<PathBuf> {
    install_with(&[], package, version, into)
}

/// The same without optional dependencies: an SDK without the runtimes of all platforms.
pub(crate) fn install_without_optional(
    package: &str,
    version: &str,
    into: &Path,
) -> Result<PathBuf> {
    install_with(&["--omit=optional"], package, version, into)
}

fn install_with(flags: &[&str], package: &str, version: &str, into: &Path) -> Result<PathBuf> {
    let mut npm = npm();
    npm.current_dir(into)
        .arg("install")
        .arg("--prefix")
        .arg(into)
        .args(["--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--no-package-lock", "--no-save", "--loglevel=error"])
        .args(flags)
        .arg(format!("{package}@{version}"));
    // Standard output is for our own lines, which programs read: npm writes to standard error only.
    let mut child = npm.stdin(Stdio::null()).stdout(Stdio::null()).spawn().map_err(explain)?;
    eprintln!("setup: fetching {package} {version}");
    let status = child.wait().context("npm was lost")?;
    ensure!(
        status.success(),
        "npm could not install {package}@{version} ({status}); its own message is above"
    );
    Ok(into.join("node_modules").join(package))
}

/// The newest version of `package` by its tag `latest`.
pub(crate) fn newest(package: &str) -> Result<String> {
    let output = npm()
        .args(["view", "--loglevel=error", package, "version"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(explain)?;
    let version = String::from_utf8(output.stdout).context("npm did not answer in UTF-8")?;
    let version = version.trim();
    let plausible = version.starts_with(|first: char| first.is_ascii_digit())
        && version
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || ".-+".contains(character));
    if !output.status.success() || !plausible {
        bail!("npm could not tell the newest version of {package}");
    }
    Ok(version.to_owned())
}

fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn explain(error: io::Error) -> anyhow::Error {
    if error.kind() == ErrorKind::NotFound {
        anyhow!(
            "npm is not installed, and the runtime comes as an npm package: install Node.js 18 or newer \
             with npm (on Debian: apt-get install npm)"
        )
    } else {
        anyhow::Error::new(error).context("npm could not be started")
    }
}
