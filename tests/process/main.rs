//! Real child processes: launched, listened to, and never left behind.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests may panic like the tests"
)]

mod exit;
mod launch;
mod orphans;
mod own_stdio;
mod support;
