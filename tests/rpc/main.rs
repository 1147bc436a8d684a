//! The JSON-RPC connection against a peer whose every byte is written by hand.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests may panic like the tests"
)]

mod calls;
mod closing;
mod flow;
mod inbound;
mod support;
mod unusual;
mod wire;
