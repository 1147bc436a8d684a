//! Measurements: benchmarks, instruction counts, compile times, binary sizes and the comparison with other SDKs.

pub(crate) mod bench;
pub(crate) mod compile;
pub(crate) mod peers;
pub(crate) mod profile;
mod results;
pub(crate) mod size;
