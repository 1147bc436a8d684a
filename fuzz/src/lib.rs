//! What is asked of every input. `tests/fuzzed.rs` asks the same of the seeds, on stable.

pub mod framing;
pub mod scan;
