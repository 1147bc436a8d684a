//! The options of a client and of the runtime that it starts: any value, any combination.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.
#![cfg(unix)]

mod contradictions;
mod environment;
mod extremes;
