//! The typed payloads, against recorded traffic and against the schema they are made from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod constructors;
#[path = "../common/document.rs"]
mod document;
mod names;
mod recorded;
mod round_trip;
#[path = "../common/schema.rs"]
mod schema;
mod tolerance;
