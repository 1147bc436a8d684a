//! The versions of the SDKs, of Node and of Rust that were compared.

use std::num::NonZero;
use std::process::Command;
use std::{fs, thread};

use serde_json::Value;

use crate::options::Options;

/// One line for each SDK, and one for the machine.
pub(crate) fn all(options: &Options) -> Vec<String> {
    let processors = thread::available_parallelism().map_or(0, NonZero::get);
    let node = match &options.node {
        Ok(directory) => {
            let package = directory.join("node_modules/@github/copilot-sdk/package.json");
            let package = fs::read_to_string(package).unwrap_or_default();
            let package: Value = serde_json::from_str(&package).unwrap_or_default();
            let version = package.get("version").and_then(Value::as_str).unwrap_or("?");
            format!("@github/copilot-sdk {version} on node {}", first_line("node"))
        }
        Err(why) => format!("@github/copilot-sdk: not run: {why}"),
    };
    vec![
        "copilot-sessions: this commit".to_owned(),
        format!("github-copilot-sdk {}, without its bundled CLI", official()),
        node,
        format!("{}, {processors} processors, {}", std::env::consts::OS, first_line("rustc")),
    ]
}

/// The version that the manifest of this package pins.
fn official() -> &'static str {
    let manifest = include_str!("../../Cargo.toml");
    manifest
        .lines()
        .find_map(|line| line.strip_prefix("github-copilot-sdk = ")?.split('"').nth(1))
        .map_or("?", |version| version.trim_start_matches('='))
}

fn first_line(program: &str) -> String {
    let output = Command::new(program).arg("--version").output().ok();
    let output = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    output.as_deref().and_then(|text| text.lines().next()).unwrap_or("?").to_owned()
}
