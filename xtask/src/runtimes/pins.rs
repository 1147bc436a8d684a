//! The pinned versions of the runtime and of the CLI that this crate is tested with.
//!
//! # How to move a pin
//!
//! 1. Look up the new version: `npm view @github/copilot-sdk version`, `npm view @github/copilot version`.
//! 2. For the CLI, try the newest version before you move the pin: `cargo xtask setup --newest-cli`, then
//!    `cargo build --all-features --examples` and `cargo test --all-features --test runtime` with the variables that
//!    `cargo xtask setup --newest-cli --print` prints.
//! 3. Change the constant here and run `cargo xtask test`.
//! 4. The generated code follows the schemas in the runtime package: a move of [`RUNTIME_PACKAGE_VERSION`] is also
//!    a move of the schemas. `cargo xtask schemas VERSION` fetches them, `cargo xtask codegen` writes the code in the
//!    same change, and `cargo xtask schema-diff OLD NEW` lists the differences for the change log.
//!
//! A pin is an exact version: a test run of an old commit must give the result that it gave then.

/// Version of the packages `@github/copilot-sdk-<platform>`, which hold the runtime and its schemas.
pub(crate) const RUNTIME_PACKAGE_VERSION: &str = "1.0.14";

/// Version that the runtime in that package reports.
pub(crate) const RUNTIME_VERSION: &str = "1.0.85";

/// Version of the packages `@github/copilot-<platform>`, which hold the CLI.
pub(crate) const CLI_VERSION: &str = "1.0.102";
