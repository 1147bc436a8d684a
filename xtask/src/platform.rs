//! The name of the host in the names of npm packages.

use anyhow::{Result, bail};

/// The host, as the packages name it: `linux-x64`, `linuxmusl-arm64`, `darwin-arm64`, `win32-x64`, …
pub(crate) fn name() -> Result<String> {
    let musl = cfg!(target_env = "musl");
    name_of(std::env::consts::OS, std::env::consts::ARCH, musl)
}

/// What an executable is called here.
pub(crate) fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

fn name_of(os: &str, arch: &str, musl: bool) -> Result<String> {
    let os = match os {
        "linux" if musl => "linuxmusl",
        "linux" => "linux",
        "macos" => "darwin",
        "windows" => "win32",
        other => bail!("there is no Copilot runtime for the operating system {other}"),
    };
    let arch = match arch {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("there is no Copilot runtime for the processor {other}"),
    };
    Ok(format!("{os}-{arch}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_the_names_of_the_packages() {
        for (os, arch, musl, name) in [
            ("linux", "x86_64", false, "linux-x64"),
            ("linux", "aarch64", true, "linuxmusl-arm64"),
            ("macos", "aarch64", false, "darwin-arm64"),
            ("windows", "x86_64", false, "win32-x64"),
        ] {
            assert_eq!(name_of(os, arch, musl).unwrap(), name);
        }
    }

    #[test]
    fn a_host_without_a_package_is_an_error() {
        assert!(name_of("plan9", "x86_64", false).is_err());
        assert!(name_of("linux", "riscv64", false).is_err());
    }
}
