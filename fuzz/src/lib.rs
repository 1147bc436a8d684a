//! What is asked of every input. `tests/fuzzed` asks the same of the seeds, on stable.

pub mod framing;
pub mod scan;
