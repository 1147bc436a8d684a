//! The platform of this machine as npm packages name it.

use anyhow::{Result, bail};

/// The platform of this machine: `linux-x64`, `linuxmusl-arm64`, `darwin-arm64`, `win32-x64`, …
pub(crate) fn name() -> Result<String> {
    let musl = cfg!(target_env = "musl");
    name_of(std::env::consts::OS, std::env::consts::ARCH, musl)
}

/// The file name of an executable on this platform.
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
    fn platforms_have_the_names_of_the_packages() {
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
    fn a_platform_without_a_package_is_an_error() {
        assert!(name_of("plan9", "x86_64", false).is_err());
        assert!(name_of("linux", "riscv64", false).is_err());
    }
}
