//! The typed payloads, against recorded traffic and against the schema they are made from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

#[path = "common/document.rs"]
mod document;
#[path = "kinds/making.rs"]
mod making;
#[path = "kinds/names.rs"]
mod names;
#[path = "kinds/recorded.rs"]
mod recorded;
#[path = "kinds/round_trip.rs"]
mod round_trip;
#[path = "common/schema.rs"]
mod schema;
#[path = "kinds/tolerance.rs"]
mod tolerance;
