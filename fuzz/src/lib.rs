//! The checks that every input must pass. `tests/fuzzed/main.rs` runs the same checks on the seeds, with stable Rust.

pub mod framing;
pub mod scan;
