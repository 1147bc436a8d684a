//! The real runtime and the real CLI: which versions are pinned, and how they get into `target/runtimes`.

pub(crate) mod npm;
pub(crate) mod pins;
pub(crate) mod platform;
pub(crate) mod setup;
