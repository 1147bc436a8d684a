//! Nothing that is secret is printed: by options, by generated types, by errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Tests may panic.

mod answers;
#[allow(dead_code, reason = "its places are for other tests")]
#[path = "../common/document.rs"]
mod document;
mod generated;
mod methods;
mod options;
mod planted;
#[allow(dead_code, reason = "its places are for other tests")]
#[path = "../common/schema.rs"]
mod schema;
#[allow(dead_code, reason = "it also calls every method")]
#[path = "../methods/generated/table.rs"]
mod table;
#[allow(dead_code, reason = "who answers a method is for other tests")]
#[path = "../methods/tree.rs"]
mod tree;
